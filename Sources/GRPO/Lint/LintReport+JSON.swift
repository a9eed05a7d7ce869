import Rewards

extension LintReport {
    /// Everything that was seen, as one JSON object.
    package var json: String {
        var line = LogLine()
        line.add("groups", groups)
        line.add("completions", completions)
        line.add("groups_with_signal", groupsWithSignal)
        line.add("groups_identical", identicalGroups)
        for reward in rewards {
            let name = "rewards/\(reward.name)"
            line.add("\(name)/mean", reward.mean)
            line.add("\(name)/std", reward.deviation)
            line.add("\(name)/groups_with_signal", reward.groupsWithSignal)
            line.add("\(name)/failed", reward.failed)
            line.add("\(name)/not_applicable", reward.notApplicable)
            line.add("\(name)/differing", reward.differing)
            line.add("\(name)/seconds", reward.seconds)
            if let unread = reward.unread {
                line.add("\(name)/unread", unread)
                line.add(
                    "\(name)/unread_examples", .array(reward.unreadExamples.map { .string($0) }))
            }
        }
        line.add("rewards/failed", failed)
        line.add("completions/mean_length", meanLength)
        line.add("completions/truncated", truncated)
        line.add("completions/empty", empty)
        line.add("time/sampling", samplingSeconds)
        line.add("data/train_rows", data.trainingRows)
        if let rows = data.testRows { line.add("data/test_rows", rows) }
        line.add("data/too_long", data.tooLong.count)
        line.add("data/repeated", data.repeated)
        line.add("data/shared_with_test", data.shared)
        line.add(
            "findings",
            .array(
                findings.map {
                    .object([
                        "severity": .string($0.severity.rawValue), "text": .string($0.text),
                    ])
                }))
        line.add("pointless", .bool(isPointless))
        return line.text
    }
}
