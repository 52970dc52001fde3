#include "formats/protobuf/saved_model.h"

#include "base/error.h"
#include "formats/protobuf/attr_value.h"
#include "formats/protobuf/wire.h"

namespace litesmith::formats {
namespace {

TensorInfoRecord read_tensor_info(Message info) {
  TensorInfoRecord read;
  read.shape = Shape::unknown_rank();
  while (info.next()) switch (info.field()) {
      case 1: read.name = info.string(); break;
      case 2: read.type = read_type(info); break;
      case 3: read.shape = read_shape(info.message()); break;
      default: break;
    }
  return read;
}

void add_tensor_info(Message entry, std::map<std::string, TensorInfoRecord>& infos) {
  MapEntry read = read_map_entry(entry);
  for (const Message& info : read.value) infos[read.key] = read_tensor_info(info);
}

SignatureRecord read_signature(Message signature) {
  SignatureRecord read;
  while (signature.next()) switch (signature.field()) {
      case 1: add_tensor_info(signature.message(), read.inputs); break;
      case 2: add_tensor_info(signature.message(), read.outputs); break;
      case 3: read.method = signature.string(); break;
      default: break;
    }
  return read;
}

/// An Any's content.
Bytes read_any(Message any) {
  Bytes value;
  while (any.next())
    if (any.field() == 2) value = any.bytes();
  return value;
}

CollectionRecord read_collection(Message collection) {
  CollectionRecord read;
  while (collection.next()) {
    const std::uint32_t kind = collection.field();
    if (kind != 1 && kind != 2 && kind != 5) continue;
    for (Message list = collection.message(); list.next();) {
      if (list.field() != 1) continue;
      if (kind == 1) read.names.push_back(list.string());
      if (kind == 2) read.messages.push_back(list.bytes());
      if (kind == 5) read.messages.push_back(read_any(list.message()));
    }
  }
  return read;
}

SaverRecord read_saver(Message saver) {
  SaverRecord read;
  while (saver.next()) switch (saver.field()) {
      case 1: read.filename_tensor = saver.string(); break;
      case 2: read.save_tensor = saver.string(); break;
      case 3: read.restore_op = saver.string(); break;
      default: break;
    }
  return read;
}

AssetRecord read_asset(Message asset) {
  AssetRecord read;
  while (asset.next()) {
    if (asset.field() == 1) read.tensor = read_tensor_info(asset.message()).name;
    if (asset.field() == 2) read.file = asset.string();
  }
  return read;
}

void read_meta_info(Message info, MetaGraphRecord& read) {
  while (info.next()) {
    if (info.field() == 4) read.tags.insert(info.string());
    if (info.field() == 5) read.tensorflow_version = info.string();
  }
}

/// TF1 keeps assets in a collection.
void add_collected_assets(MetaGraphRecord& read, const std::string& source) {
  const auto collection = read.collections.find("saved_model_assets");
  if (collection == read.collections.end() || !read.assets.empty()) return;
  for (const Bytes& message : collection->second.messages) {
    const WireSource file{message, source};
    read.assets.push_back(read_asset(Message(file)));
  }
}

MetaGraphRecord read_meta_graph(Message meta, const std::string& source) {
  MetaGraphRecord read;
  while (meta.next()) switch (meta.field()) {
      case 1: read_meta_info(meta.message(), read); break;
      case 2: read.graph = meta.bytes(); break;
      case 3: read.saver = read_saver(meta.message()); break;
      case 4: {
        MapEntry entry = read_map_entry(meta.message());
        for (const Message& value : entry.value) read.collections[entry.key] = read_collection(value);
        break;
      }
      case 5: {
        MapEntry entry = read_map_entry(meta.message());
        for (const Message& value : entry.value) read.signatures[entry.key] = read_signature(value);
        break;
      }
      case 6: read.assets.push_back(read_asset(meta.message())); break;
      case 7: read.object_graph = meta.bytes(); break;
      default: break;
    }
  add_collected_assets(read, source);
  return read;
}

/// SaveSliceInfoDef, as RestoreV2 spells it.
void read_slice_info(Message info, VariableRecord& read) {
  std::vector<std::int64_t> shape, offset, extent;
  while (info.next()) switch (info.field()) {
      case 1: read.full_name = info.string(); break;
      case 2: info.append(shape); break;
      case 3: info.append(offset); break;
      case 4: info.append(extent); break;
      default: break;
    }
  if (offset.size() != shape.size() || extent.size() != shape.size())
    info.refuse(concat("the slice of '", read.full_name, "' and its shape differ in rank"));
  std::string slice;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    read.shape_and_slice += concat(shape[i], " ");
    slice += concat(slice.empty() ? "" : ":", offset[i], ",", extent[i]);
  }
  read.shape_and_slice += slice;
}

}  // namespace

std::vector<MetaGraphRecord> read_saved_model(const Bytes& message, std::string_view source) {
  const WireSource file{message, std::string(source)};
  std::vector<MetaGraphRecord> graphs;
  for (Message model(file); model.next();)
    if (model.field() == 2) graphs.push_back(read_meta_graph(model.message(), file.name));
  return graphs;
}

MetaGraphRecord read_meta_graph(const Bytes& message, std::string_view source) {
  const WireSource file{message, std::string(source)};
  return read_meta_graph(Message(file), file.name);
}

VariableRecord read_variable(const Bytes& message, std::string_view source) {
  const WireSource file{message, std::string(source)};
  VariableRecord read;
  for (Message variable(file); variable.next();) {
    if (variable.field() == 1) {
      const std::string_view name = variable.text();
      read.node = name.substr(0, name.find(':'));
    }
    if (variable.field() == 4) read_slice_info(variable.message(), read);
  }
  return read;
}

}  // namespace litesmith::formats
