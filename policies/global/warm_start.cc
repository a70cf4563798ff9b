#include "policies/global/warm_start.h"

#include <algorithm>
#include <optional>

namespace tandem {
namespace {

/// The statuses of shared columns or rows, then of those of each class as it was, or `fresh`.
std::vector<std::uint8_t> carry_over(const std::vector<std::uint8_t>& last, std::size_t shared,
                                     std::size_t each,
                                     std::span<const std::optional<std::size_t>> was,
                                     std::uint8_t fresh) {
  const auto at = [&](std::size_t i) { return last.begin() + static_cast<std::ptrdiff_t>(i); };
  std::vector<std::uint8_t> next(last.begin(), at(shared));
  for (const std::optional<std::size_t>& one : was) {
    if (one)
      next.insert(next.end(), at(shared + *one * each), at(shared + (*one + 1) * each));
    else
      next.insert(next.end(), each, fresh);
  }
  return next;
}

}  // namespace

void WarmStart::apply(std::span<const RateRow> rows, std::span<const JobClass> classes,
                      const Layout& layout, LinearProgram& programme) const {
  if (layout != layout_) return;
  std::vector<std::optional<std::size_t>> was(classes.size());
  for (std::size_t i = 0; i < classes.size(); ++i) {
    for (const std::uint32_t member : classes[i].members) {
      const std::uint32_t id = rows[member].id;
      const auto found =
          std::ranges::lower_bound(class_of_, id, {}, [](auto& p) { return p.first; });
      if (found == class_of_.end() || found->first != id) continue;
      was[i] = found->second;
      break;
    }
  }
  programme.start_from(
      {carry_over(basis_.columns, layout.shared_columns, layout.class_columns, was, kColumnAtLower),
       carry_over(basis_.rows, layout.shared_rows, layout.class_rows, was, kRowBasic)});
}

void WarmStart::keep(std::span<const RateRow> rows, std::span<const JobClass> classes,
                     const Layout& layout, const LinearProgram& programme) {
  class_of_.clear();
  for (std::size_t i = 0; i < classes.size(); ++i) {
    for (const std::uint32_t member : classes[i].members) {
      class_of_.emplace_back(rows[member].id, i);
    }
  }
  std::ranges::sort(class_of_);
  layout_ = layout;
  basis_ = programme.basis();
}

}  // namespace tandem
