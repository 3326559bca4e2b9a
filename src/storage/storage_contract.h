// What every Storage promises, as tests (storage_contract_test.cc): a program that is linked with
// them names its storages with
// INSTANTIATE_TEST_SUITE_P(Name, StorageContract, ::testing::Values(&MakeEmptyStorage)), and
// likewise for StorageRace.
#pragma once

#include <gmock/gmock.h>

#include <memory>
#include <string>
#include <vector>

#include "storage/storage.h"

namespace headrace::storage {

// Objects as "name:size".
inline std::vector<std::string> Names(Storage& storage, const std::string& prefix) {
  std::vector<std::string> names;
  for (const ObjectInfo& object : storage.List(prefix).ValueOrDie())
    names.push_back(object.name + ":" + std::to_string(object.size));
  return names;
}

// Parameter: makes a storage that holds nothing.
class StorageContract : public ::testing::TestWithParam<std::shared_ptr<Storage> (*)()> {
 protected:
  std::shared_ptr<Storage> storage_ = GetParam()();
};

// Of several writers at one moment one wins: what a table with more than one writer rests on.
class StorageRace : public StorageContract {};

}  // namespace headrace::storage
