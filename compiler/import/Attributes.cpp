//===- Attributes.cpp - the attributes of a node --------------------------===//
#include "compiler/import/Attributes.h"

#include "compiler/import/ImportError.h"
#include "llvm/ADT/STLExtras.h"

using namespace bornc;
using namespace bornc::importer;
using llvm::ArrayRef;
using llvm::StringRef;
using ::onnx::AttributeProto;

Attributes::Attributes(const ::onnx::NodeProto &node) {
  for (const AttributeProto &attribute : node.attribute()) {
    if (has(attribute.name()))
      throw ImportError("attribute '" + attribute.name() + "' is given twice");
    if (!attribute.ref_attr_name().empty())
      throw ImportError("attribute '" + attribute.name() + "' refers to '" +
                        attribute.ref_attr_name() + "' outside a function");
    list.push_back(attribute);
  }
}

const AttributeProto *Attributes::find(StringRef name) const {
  auto found = llvm::find_if(list, [&](const AttributeProto &a) { return name == a.name(); });
  return found == list.end() ? nullptr : &*found;
}

const AttributeProto *Attributes::findTyped(StringRef name,
                                            AttributeProto::AttributeType type) const {
  const AttributeProto *attribute = find(name);
  if (attribute && attribute->type() != type)
    throw ImportError("attribute '" + name + "' has type " +
                      AttributeProto::AttributeType_Name(attribute->type()) + ", expected " +
                      AttributeProto::AttributeType_Name(type));
  return attribute;
}

int64_t Attributes::getInt(StringRef name, int64_t otherwise) const {
  const AttributeProto *attribute = findTyped(name, AttributeProto::INT);
  return attribute ? attribute->i() : otherwise;
}

float Attributes::getFloat(StringRef name, float otherwise) const {
  const AttributeProto *attribute = findTyped(name, AttributeProto::FLOAT);
  return attribute ? attribute->f() : otherwise;
}

std::string Attributes::getString(StringRef name, StringRef otherwise) const {
  const AttributeProto *attribute = findTyped(name, AttributeProto::STRING);
  return attribute ? attribute->s() : otherwise.str();
}

llvm::SmallVector<int64_t> Attributes::getInts(StringRef name) const {
  const AttributeProto *attribute = findTyped(name, AttributeProto::INTS);
  if (!attribute)
    return {};
  return llvm::SmallVector<int64_t>(attribute->ints().begin(), attribute->ints().end());
}

void Attributes::remove(StringRef name) {
  llvm::erase_if(list, [&](const AttributeProto &a) { return name == a.name(); });
}

AttributeProto &Attributes::add(StringRef name, AttributeProto::AttributeType type) {
  remove(name);
  AttributeProto &attribute = list.emplace_back();
  attribute.set_name(name.str());
  attribute.set_type(type);
  return attribute;
}

Attributes &Attributes::set(const AttributeProto &attribute) {
  add(attribute.name(), attribute.type()) = attribute;
  return *this;
}

Attributes &Attributes::set(StringRef name, int64_t value) {
  add(name, AttributeProto::INT).set_i(value);
  return *this;
}

Attributes &Attributes::set(StringRef name, float value) {
  add(name, AttributeProto::FLOAT).set_f(value);
  return *this;
}

Attributes &Attributes::set(StringRef name, StringRef value) {
  add(name, AttributeProto::STRING).set_s(value.str());
  return *this;
}

Attributes &Attributes::set(StringRef name, ArrayRef<int64_t> values) {
  AttributeProto &attribute = add(name, AttributeProto::INTS);
  for (int64_t value : values)
    attribute.add_ints(value);
  return *this;
}
