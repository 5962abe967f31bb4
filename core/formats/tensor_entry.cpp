// SPDX-License-Identifier: GPL-3.0-or-later
#include "formats/tensor_entry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "formats/binary_file.h"
#include "record/error.h"

namespace foothold {

std::int64_t TensorEntry::numbers() const { return count_numbers(shape); }

std::int64_t count_numbers(const std::vector<std::int64_t>& shape) {
    std::int64_t numbers = 1;
    for (const std::int64_t size : shape)
        if (size < 0 || __builtin_mul_overflow(numbers, size, &numbers))
            throw UserError(fmt::format("the shape {} is impossible", shape));
    return numbers;
}

void check_places(std::vector<const TensorEntry*> tensors, std::uint64_t data, std::uint64_t size) {
    std::ranges::sort(tensors, {}, [](const TensorEntry* tensor) { return std::pair(tensor->begin, tensor->bytes); });
    std::uint64_t taken = data;
    for (const TensorEntry* tensor : tensors) {
        if (tensor->begin > size || tensor->bytes > size - tensor->begin)
            throw UserError(
                fmt::format("tensor \"{}\" of shape {} in {} lies beyond the end of the file ({} bytes; is it "
                            "truncated?)",
                            tensor->name, tensor->shape, to_string(tensor->type), size));
        if (tensor->bytes > 0 && tensor->begin < taken)
            throw UserError(fmt::format("the data of tensor \"{}\" overlap another's", tensor->name));
        taken = std::max(taken, tensor->begin + tensor->bytes);
    }
}

std::vector<float> read_numbers(const std::filesystem::path& path, const TensorEntry& tensor) {
    try {
        BinaryFile file(path);
        file.seek(tensor.begin);
        file.expect(tensor.bytes, 1, "a tensor's bytes");
        std::vector<float> numbers(static_cast<std::size_t>(tensor.numbers()));
        const BlockShape block = block_shape(tensor.type);
        const std::uint64_t blocks = tensor.bytes / block.bytes,
                            most = std::max<std::uint64_t>(1, (1 << 20) / block.bytes);
        std::vector<std::byte> bytes(std::min(blocks, most) * block.bytes);
        for (std::uint64_t done = 0; done < blocks; done += most) {
            const std::uint64_t now = std::min(most, blocks - done);
            file.read(bytes.data(), now * block.bytes, "a tensor's numbers");
            widen(tensor.type, std::span(bytes).first(now * block.bytes),
                  std::span(numbers).subspan(done * block.numbers, now * block.numbers));
        }
        return numbers;
    } catch (const UserError& error) {
        throw UserError(fmt::format("{}: tensor \"{}\": {}", path.string(), tensor.name, error.what()));
    }
}

}  // namespace foothold
