#include "workloads/scenario/job_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/depth_first_search.hpp>
#include <boost/graph/topological_sort.hpp>
#include <cstddef>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "policies/core/nearest.h"

namespace tandem {
namespace {

/// Which entry of the source's `depends_on` an edge comes from.
struct EdgeInfo {
  std::size_t entry = 0;
};
/// From each job to what it waits for.
using Graph =
    boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property, EdgeInfo>;
using Vertex = Graph::vertex_descriptor;
using Edge = Graph::edge_descriptor;

constexpr std::size_t kMostEdges = 1'000'000;

/// Remembers the way down to the first edge that leads back up.
class CircleFinder : public boost::default_dfs_visitor {
 public:
  CircleFinder(std::vector<Vertex>& above, std::optional<Edge>& back)
      : above_(above), back_(back) {}

  void tree_edge(Edge edge, const Graph& graph) {
    above_[boost::target(edge, graph)] = boost::source(edge, graph);
  }
  void back_edge(Edge edge, const Graph&) {
    if (!back_) back_ = edge;
  }

 private:
  std::vector<Vertex>& above_;
  std::optional<Edge>& back_;
};

class Connector {
 public:
  Connector(std::vector<WrittenJob>& jobs, Problems& problems)
      : jobs_(jobs), problems_(problems), graph_(jobs.size()) {
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      named_[jobs[i].arrival.job.name].push_back(i);
      if (!jobs[i].group.empty()) named_[jobs[i].group].push_back(i);
    }
  }

  std::shared_ptr<const Dependencies> connect() {
    for (std::size_t job = 0; job < jobs_.size(); ++job) {
      for (std::size_t entry = 0; entry < jobs_[job].depends_on.size(); ++entry) {
        if (!add_edges(job, entry)) return nullptr;
      }
    }
    if (edges_ == 0 || has_circle()) return nullptr;
    std::vector<Vertex> order;  // What is waited for comes first.
    order.reserve(jobs_.size());
    boost::topological_sort(graph_, std::back_inserter(order));
    set_critical_paths(order);
    auto dependencies = dependencies_by_name();
    arrange(order);
    return dependencies;
  }

 private:
  const std::string& name(Vertex job) const { return jobs_[job].arrival.job.name; }

  /// Whether the graph may still grow.
  bool add_edges(std::size_t job, std::size_t entry) {
    const auto& [wanted, where] = jobs_[job].depends_on[entry];
    auto found = named_.find(jobs_[job].scope + wanted);
    if (found == named_.end()) found = named_.find(wanted);
    if (found == named_.end()) {
      problems_.add(where, fmt::format("depends_on: unknown job '{}'{}", wanted,
                                       suggestion(wanted, names_for(jobs_[job]))));
      return true;
    }
    for (const std::size_t other : found->second) {
      if (edges_++ == kMostEdges) {
        problems_.add(where, fmt::format("these are more than {} dependencies", kMostEdges));
        return false;
      }
      boost::add_edge(job, other, {entry}, graph_);
      jobs_[job].is_in_graph = jobs_[other].is_in_graph = true;
      const Time submitted = jobs_[job].arrival.job.submitted;
      const Time awaited = jobs_[other].arrival.job.submitted;
      if (submitted < awaited) {
        problems_.add(
            where, fmt::format("job '{}' is submitted at {} s, before '{}', which it "
                               "depends on, at {} s",
                               name(job), to_seconds(submitted), name(other), to_seconds(awaited)));
      }
    }
    return true;
  }

  /// What a job may wait for, its own stages without their pipeline.
  std::vector<std::string> names_for(const WrittenJob& job) const {
    constexpr std::size_t kMostCompared = 10'000;
    std::vector<std::string> names;
    for (const auto& [known, places] : named_) {
      if (names.size() == kMostCompared) break;
      const bool is_own = !job.scope.empty() && known.starts_with(job.scope);
      names.push_back(is_own ? known.substr(job.scope.size()) : known);
    }
    return names;
  }

  bool has_circle() {
    std::vector<Vertex> above(jobs_.size());
    std::optional<Edge> back;
    boost::depth_first_search(graph_, boost::visitor(CircleFinder(above, back)));
    if (!back) return false;
    const Vertex from = boost::source(*back, graph_);
    const Vertex to = boost::target(*back, graph_);
    std::string circle = name(to);
    for (Vertex job = from; job != to; job = above[job]) circle = name(job) + " -> " + circle;
    problems_.add(jobs_[from].depends_on[graph_[*back].entry].where,
                  fmt::format("jobs wait for each other in a circle: {} -> {}", name(to), circle));
    return true;
  }

  void set_critical_paths(const std::vector<Vertex>& order) {
    for (auto job = order.rbegin(); job != order.rend(); ++job) {
      Job& waiting = jobs_[*job].arrival.job;
      if (!jobs_[*job].is_in_graph) continue;
      waiting.critical_path += waiting.estimate;
      for (const Edge edge : boost::make_iterator_range(boost::out_edges(*job, graph_))) {
        Duration& path = jobs_[boost::target(edge, graph_)].arrival.job.critical_path;
        path = std::max(path, waiting.critical_path);
      }
    }
  }

  std::shared_ptr<Dependencies> dependencies_by_name() const {
    auto dependencies = std::make_shared<Dependencies>();
    for (Vertex job = 0; job < jobs_.size(); ++job) {
      for (const Edge edge : boost::make_iterator_range(boost::out_edges(job, graph_))) {
        const std::string& awaited = name(boost::target(edge, graph_));
        dependencies->awaited.insert(awaited);
        dependencies->after[name(job)].push_back(awaited);
      }
    }
    return dependencies;
  }

  void arrange(const std::vector<Vertex>& order) {
    std::vector<WrittenJob> arranged;
    arranged.reserve(jobs_.size());
    for (WrittenJob& job : jobs_) {
      if (!job.is_in_graph) arranged.push_back(std::move(job));
    }
    const auto alone = static_cast<std::ptrdiff_t>(arranged.size());
    for (const Vertex job : order) {
      if (jobs_[job].is_in_graph) arranged.push_back(std::move(jobs_[job]));
    }
    std::stable_sort(arranged.begin() + alone, arranged.end(),
                     [](const WrittenJob& a, const WrittenJob& b) {
                       return a.arrival.job.submitted < b.arrival.job.submitted;
                     });
    jobs_ = std::move(arranged);
  }

  std::vector<WrittenJob>& jobs_;
  Problems& problems_;
  Graph graph_;
  std::size_t edges_ = 0;  ///< Boost would count them anew each time.
  std::map<std::string, std::vector<std::size_t>> named_;
};

}  // namespace

std::shared_ptr<const Dependencies> connect_jobs(std::vector<WrittenJob>& jobs,
                                                 Problems& problems) {
  return Connector(jobs, problems).connect();
}

}  // namespace tandem
