import Rewards

extension StopRequest {
    /// Waits until the task is cancelled; where the run is to end before that, ends the programs
    /// that rewards wait for.
    ///
    /// - Throws: `StepInterrupted` then.
    func ending(_ sources: [RewardSource]) async throws(StepInterrupted) {
        while true {
            // First: what is cancelled because the run is to end ends the programs too.
            if isRequested {
                sources.close()
                throw StepInterrupted()
            }
            guard !Task.isCancelled else { return }
            try? await Task.sleep(for: .milliseconds(50))
        }
    }
}
