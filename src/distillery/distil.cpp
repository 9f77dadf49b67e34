#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <set>
#include <thread>

#include "distillery/plan.hpp"

namespace distillery {

namespace {

/// The jobs of a plan, handed out to threads one at a time.
class Pool {
 public:
  explicit Pool(Plan& plan) : plan_(plan), bench_(plan.shared_workbench()) {}

  /// What every thread runs until the plan is finished or some job failed.
  void work() {
    std::unique_lock lock(mutex_);
    while (!failure_ && !plan_.finished()) {
      const auto jobs = plan_.ready_jobs();
      const auto next = std::ranges::find_if(jobs, [&](const Job& job) { return !running_.contains(job.id); });
      if (next == jobs.end()) {
        changed_.wait(lock);
        continue;
      }
      const JobId id = next->id;
      running_.insert(id);
      try {
        const Bytes input = plan_.input(id);
        lock.unlock();
        JobRun run(bench_, id, input);
        while (!run.advance(UINT32_MAX)) {}
        const Bytes result = run.result();
        lock.lock();
        plan_.absorb(id, result);
      } catch (...) {
        if (!lock.owns_lock()) lock.lock();
        if (!failure_) failure_ = std::current_exception();
      }
      running_.erase(id);
      changed_.notify_all();
    }
  }

  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  Plan& plan_;
  std::shared_ptr<const Workbench> bench_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<JobId> running_;
  std::exception_ptr failure_;
};

}  // namespace

Plan distil(Dataset data, PlanOptions options, unsigned threads) {
  Plan plan(std::move(data), std::move(options));
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  Pool pool(plan);
  std::vector<std::thread> others;
  for (unsigned i = 1; i < threads; ++i) others.emplace_back([&pool] { pool.work(); });
  pool.work();
  for (std::thread& thread : others) thread.join();
  pool.rethrow();
  return plan;
}

}  // namespace distillery
