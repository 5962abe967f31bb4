// SPDX-License-Identifier: GPL-3.0-or-later
// A run's metrics as TensorBoard reads them.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "store/run_store.h"

namespace foothold {

/// Writes DIR/events.out.tfevents.0.foothold (DIR made if missing), one event a step with all of its metrics as simple
/// scalars (float32, as TensorBoard has them). wall_time is training time: the sum of step_time up to the step, from 0
/// on, so that the same run gives the same bytes. Replaces what an earlier export wrote there, all at once. Throws
/// UserError (DIR cannot be made or written), RunError (no space).
void export_tensorboard(const RunReader& run, const std::filesystem::path& dir);

namespace tensorboard {

/// CRC-32C (Castagnoli, reflected polynomial 82F63B78), as in iSCSI: of "123456789" it is E3069283.
std::uint32_t crc32c(std::string_view bytes);

/// One record of an event file: length (8 bytes), its masked CRC (4), the bytes, their masked CRC (4), all
/// little-endian; masked as
/// ((crc >> 15) | (crc << 17)) + a282ead8 (tensorflow/core/lib/io/record_writer.h).
std::string record(std::string_view bytes);

/// The Event message (tensorflow/core/util/event.proto) that begins a file, and one with scalars.
std::string version_event();
std::string scalars_event(double wall_time, std::int64_t step, std::span<const std::pair<std::string, double>> scalars);

}  // namespace tensorboard
}  // namespace foothold
