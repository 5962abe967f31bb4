// SPDX-License-Identifier: GPL-3.0-or-later
// TensorBoard's event files: records of protobuf messages, written by hand since the messages are four fields.
#include "store/tensorboard.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>

#include "record/error.h"
#include "store/exports.h"

namespace foothold {
namespace tensorboard {
namespace {

constexpr std::array<std::uint32_t, 256> crc_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0x82F63B78u : 0);
        table[i] = crc;
    }
    return table;
}();

template <class T>
void put_little_endian(std::string& out, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

void put_varint(std::string& out, std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
    out += static_cast<char>(value);
}

// A field's key: its number and how its value is written.
enum Wire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };
void put_key(std::string& out, int field, Wire wire) { out += static_cast<char>(field << 3 | wire); }

void put_bytes(std::string& out, int field, std::string_view value) {
    put_key(out, field, bytes);
    put_varint(out, value.size());
    out += value;
}

std::uint32_t masked(std::uint32_t crc) { return (crc >> 15 | crc << 17) + 0xa282ead8u; }

std::string event(double wall_time, std::int64_t step) {
    std::string out;  // Fields that are 0 are left out, as protobuf does.
    if (wall_time != 0) {
        put_key(out, 1, fixed64);
        put_little_endian(out, std::bit_cast<std::uint64_t>(wall_time));
    }
    if (step != 0) {
        put_key(out, 2, varint);
        put_varint(out, static_cast<std::uint64_t>(step));
    }
    return out;
}

}  // namespace

std::uint32_t crc32c(std::string_view text) {
    std::uint32_t crc = ~0u;
    for (const char c : text) crc = crc >> 8 ^ crc_table[(crc ^ static_cast<unsigned char>(c)) & 0xff];
    return ~crc;
}

std::string record(std::string_view data) {
    std::string out;
    put_little_endian(out, static_cast<std::uint64_t>(data.size()));
    put_little_endian(out, masked(crc32c(out)));
    out += data;
    put_little_endian(out, masked(crc32c(data)));
    return out;
}

std::string version_event() {
    std::string out = event(0, 0);
    put_bytes(out, 3, "brain.Event:2");
    return out;
}

std::string scalars_event(double wall_time, std::int64_t step,
                          std::span<const std::pair<std::string, double>> scalars) {
    std::string summary, value;
    for (const auto& [name, number] : scalars) {
        value.clear();
        put_bytes(value, 1, name);
        put_key(value, 2, fixed32);
        put_little_endian(value, std::bit_cast<std::uint32_t>(static_cast<float>(number)));
        put_bytes(summary, 1, value);
    }
    std::string out = event(wall_time, step);
    put_bytes(out, 5, summary);
    return out;
}

}  // namespace tensorboard

void export_tensorboard(const RunReader& run, const std::filesystem::path& dir) {
    std::error_code error;
    std::filesystem::create_directories(dir, error);
    if (!std::filesystem::is_directory(dir))
        throw UserError(fmt::format("{}: is no folder and cannot be made one: give a folder to write event files to",
                                    dir.string()));
    // TensorBoard reads every file with "tfevents" in its name, half-written ones too.
    write_whole_file(dir / "events.out.tfevents.0.foothold", dir / "events.part", [&](std::ostream& out) {
        out << tensorboard::record(tensorboard::version_event());
        double wall_time = 0;
        for_each_step(run, [&](const StepSummary& step) {
            if (const double* seconds = step.metric("step_time"); seconds && std::isfinite(*seconds))
                wall_time += *seconds;
            out << tensorboard::record(tensorboard::scalars_event(wall_time, step.step, step.metrics));
        });
    });
}

}  // namespace foothold
