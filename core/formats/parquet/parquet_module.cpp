// SPDX-License-Identifier: GPL-3.0-or-later
// Parquet through Apache Arrow: record batches, row by row as JSON.
#include <arrow/api.h>
#include <arrow/io/file.h>
#include <fmt/format.h>
#include <parquet/arrow/reader.h>

#include <nlohmann/json.hpp>

#include "formats/parquet_file.h"
#include "record/error.h"

namespace foothold {
namespace {

using Json = nlohmann::ordered_json;

void need(const arrow::Status& status) {
    if (!status.ok()) throw UserError(status.message());
}

template <class T>
T need(arrow::Result<T> result) {
    need(result.status());
    return std::move(result).ValueUnsafe();
}

template <class ArrayType>
const ArrayType& as(const arrow::Array& array) {
    return static_cast<const ArrayType&>(array);
}

Json value_at(const arrow::Array& array, std::int64_t i);

template <class ListType>
Json list_at(const ListType& list, std::int64_t i) {
    Json out = Json::array();
    for (std::int64_t k = list.value_offset(i), end = k + list.value_length(i); k < end; ++k) out.push_back(value_at(*list.values(), k));
    return out;
}

Json value_at(const arrow::Array& array, std::int64_t i) {
    using arrow::Type;
    if (array.IsNull(i)) return nullptr;
    switch (array.type_id()) {
        case Type::BOOL: return as<arrow::BooleanArray>(array).Value(i);
        case Type::INT8: return as<arrow::Int8Array>(array).Value(i);
        case Type::INT16: return as<arrow::Int16Array>(array).Value(i);
        case Type::INT32: return as<arrow::Int32Array>(array).Value(i);
        case Type::INT64: return as<arrow::Int64Array>(array).Value(i);
        case Type::UINT8: return as<arrow::UInt8Array>(array).Value(i);
        case Type::UINT16: return as<arrow::UInt16Array>(array).Value(i);
        case Type::UINT32: return as<arrow::UInt32Array>(array).Value(i);
        case Type::UINT64: return as<arrow::UInt64Array>(array).Value(i);
        case Type::FLOAT: return as<arrow::FloatArray>(array).Value(i);
        case Type::DOUBLE: return as<arrow::DoubleArray>(array).Value(i);
        case Type::STRING: return std::string(as<arrow::StringArray>(array).GetView(i));
        case Type::LARGE_STRING: return std::string(as<arrow::LargeStringArray>(array).GetView(i));
        case Type::LIST: return list_at(as<arrow::ListArray>(array), i);
        case Type::LARGE_LIST: return list_at(as<arrow::LargeListArray>(array), i);
        case Type::FIXED_SIZE_LIST: return list_at(as<arrow::FixedSizeListArray>(array), i);
        case Type::STRUCT: {
            const auto& structure = as<arrow::StructArray>(array);
            Json out = Json::object();
            for (int field = 0; field < structure.num_fields(); ++field) out[structure.type()->field(field)->name()] = value_at(*structure.field(field), i);
            return out;
        }
        case Type::DICTIONARY: {
            const auto& words = as<arrow::DictionaryArray>(array);
            return value_at(*words.dictionary(), words.GetValueIndex(i));
        }
        case Type::EXTENSION: return value_at(*as<arrow::ExtensionArray>(array).storage(), i);
        case Type::BINARY:
        case Type::LARGE_BINARY:
        case Type::FIXED_SIZE_BINARY: return nullptr;
        default: return need(array.GetScalar(i))->ToString();  // Decimals, dates and times, as people write them.
    }
}

void read(const std::filesystem::path& path, const std::function<void(const Json&)>& use) {
    parquet::arrow::FileReaderBuilder builder;
    need(builder.Open(need(arrow::io::ReadableFile::Open(path.string()))));
    const std::unique_ptr<parquet::arrow::FileReader> reader = need(builder.Build());
    const auto batches = need(reader->GetRecordBatchReader());
    while (const std::shared_ptr<arrow::RecordBatch> batch = need(batches->Next())) {
        // A file may claim what it does not hold: offsets beyond the data, texts that are no UTF-8.
        need(batch->ValidateFull());
        for (std::int64_t i = 0; i < batch->num_rows(); ++i) {
            Json row = Json::object();
            for (int column = 0; column < batch->num_columns(); ++column) row[batch->column_name(column)] = value_at(*batch->column(column), i);
            use(row);
        }
    }
}

}  // namespace

extern "C" __attribute__((visibility("default"))) void foothold_read_parquet_1(const std::filesystem::path& path, const std::function<void(const std::string& row)>& use) {
    std::exception_ptr of_use;
    try {
        read(path, [&](const Json& row) {
            const std::string text = row.dump();
            try {
                use(text);
            } catch (...) {
                of_use = std::current_exception();
                throw;
            }
        });
    } catch (const std::exception& error) {
        if (of_use) std::rethrow_exception(of_use);
        throw UserError(fmt::format("{}: cannot be read as Parquet: {}", path.string(), error.what()));
    }
}
static_assert(std::is_same_v<decltype(foothold_read_parquet_1), ReadParquet>);

}  // namespace foothold
