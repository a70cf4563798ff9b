#include "policies/orders/catalog.h"

namespace tandem {
namespace {

std::vector<Part<Order>> all() {
  std::vector<Part<Order>> parts = orders_of_jobs();
  for (Part<Order>& part : orders_of_tenants()) parts.push_back(std::move(part));
  return parts;
}

}  // namespace

const std::vector<Part<Order>>& order_parts() {
  static const std::vector<Part<Order>> parts = all();
  return parts;
}

}  // namespace tandem
