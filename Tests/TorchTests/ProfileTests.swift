import Foundation
import Testing

@testable import Torch

extension Profile.Stage {
    fileprivate static let outer = Self("outer")
    fileprivate static let inner = Self("inner \"quoted\"")
    fileprivate static let pass = Self("pass")
}

@Suite struct ProfileTests {
    /// A complete event of a trace.
    private struct Event {
        let name: String
        let lane: Int
        let start: Double
        let duration: Double
        let arguments: [String: Int]
    }

    private func object(_ profile: Profile) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(profile.trace.utf8)) as? [String: Any])
    }

    private func events(_ profile: Profile) throws -> [Event] {
        let all = try #require(try object(profile)["traceEvents"] as? [[String: Any]])
        return try all.filter { $0["ph"] as? String == "X" }.map { event in
            Event(
                name: try #require(event["name"] as? String),
                lane: try #require(event["tid"] as? Int),
                start: try #require(event["ts"] as? Double),
                duration: try #require(event["dur"] as? Double),
                arguments: event["args"] as? [String: Int] ?? [:])
        }
    }

    private func node(_ profile: Profile, _ path: Profile.Stage...) throws -> ProfileRecord.Node {
        let record = profile.snapshot
        var places = record.roots
        var found: ProfileRecord.Node?
        for stage in [.whole] + path {
            found = places.map { record.nodes[$0] }.first { $0.stage == stage }
            places = found?.children ?? []
        }
        return try #require(found)
    }

    private func work() { usleep(2000) }

    @Test func spansOutsideOfARecordingLeaveNoTrace() throws {
        let profile = Profile()
        #expect(Profile.span(.outer) { 7 } == 7)
        profile.record {}
        Profile.span(.outer) {}
        #expect(try events(profile).map(\.name) == ["whole run"])
        #expect(profile.snapshot.nodes.count == 1)
    }

    @Test func aProfileRecordsItsOwnFlowAlone() throws {
        let (mine, other) = (Profile(), Profile())
        mine.record {
            Profile.span(.outer) {}
            other.record { Profile.span(.pass) {} }
            Profile.span(.outer) {}
        }
        #expect(try events(mine).map(\.name) == ["whole run", "outer", "outer"])
        #expect(try events(other).map(\.name) == ["whole run", "pass"])
    }

    @Test func spansNestAndTheirTimesAddUp() throws {
        let profile = Profile()
        profile.record {
            for count in 1...3 {
                Profile.span(.outer, [.step(count)]) {
                    work()
                    Profile.span(.inner) { work() }
                    Profile.span(.pass) { work() }
                }
            }
        }
        let outer = try node(profile, .outer)
        let inner = try node(profile, .outer, .inner)
        let pass = try node(profile, .outer, .pass)
        #expect(outer.calls == 3 && inner.calls == 3)
        #expect(outer.wallTime == outer.threadTime)
        #expect(outer.ownTime == outer.wallTime - inner.wallTime - pass.wallTime)
        #expect(outer.ownTime >= 6_000_000 && inner.wallTime >= 6_000_000)
        #expect(inner.ownTime == inner.wallTime)
        #expect(outer.durations.median * 3 <= Double(outer.threadTime) * 2)
        #expect(try events(profile).compactMap { $0.arguments["step"] } == [1, 2, 3])
    }

    @Test func everyEventLiesWithinTheOneAround() throws {
        let profile = Profile()
        profile.record {
            for _ in 0..<5 {
                Profile.span(.outer) {
                    _ = Library.sideBySide(3) { index in
                        Profile.span(.pass, [.rows(index)]) {
                            Profile.span(.inner) { work() }
                        }
                    }
                }
            }
        }
        let lanes = Dictionary(grouping: try events(profile), by: \.lane)
        #expect(lanes.count >= 2)
        for events in lanes.values {
            #expect(events.allSatisfy { $0.start >= 0 && $0.duration >= 0 })
            var open: [Event] = []
            // Events stand in the order of their beginnings.
            for event in events {
                while let last = open.last, last.start + last.duration <= event.start + 1e-6 {
                    open.removeLast()
                }
                let end = (open.last.map { $0.start + $0.duration } ?? .infinity) + 1e-6
                #expect(event.start + event.duration <= end, "\(event.name)")
                open.append(event)
            }
        }
    }

    @Test func threadsSideBySideAreApartAndTheirTimeIsCountedTwice() throws {
        let profile = Profile()
        profile.record {
            Profile.span(.outer) {
                _ = Library.sideBySide(2) { index in
                    Profile.span(.pass, [.rows(index)]) { usleep(20_000) }
                }
            }
        }
        let passes = try events(profile).filter { $0.name == "pass" }
        #expect(Set(passes.map(\.lane)).count == 2)
        #expect(Set(passes.map { $0.arguments["rows"] }) == [0, 1])
        let outer = try node(profile, .outer)
        let pass = try node(profile, .outer, .pass)
        #expect(pass.calls == 2 && pass.threadTime >= 40_000_000)
        #expect(pass.wallTime <= outer.wallTime && pass.wallTime < pass.threadTime)
        #expect(try node(profile, .outer, .waiting).calls == 1)
    }

    @Test func tasksBesideEachOtherAreNotRecorded() async throws {
        let profile = Profile()
        try await profile.record {
            let span = Profile.begin(.outer)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<8 {
                    tasks.addTask {
                        Profile.span(.inner) {}
                        try await Task.sleep(for: .milliseconds(1))
                        _ = Library.sideBySide(2) { _ in Profile.span(.pass) {} }
                    }
                }
                try await tasks.waitForAll()
            }
            // The flow may go on on another thread of the system; it stays one lane.
            Profile.span(.pass) {}
            span.end()
        }
        #expect(try events(profile).map(\.name) == ["whole run", "outer", "pass"])
        #expect(Set(try events(profile).map(\.lane)) == [0])
        #expect(try node(profile, .outer, .pass).calls == 1)
    }

    @Test func anErrorEndsTheSpansThatItLeaves() throws {
        struct Failure: Error, Equatable {}
        let profile = Profile()
        #expect(throws: Failure()) {
            try profile.record {
                _ = Profile.begin(.outer)
                try Profile.span(.inner) { () throws(Failure) in throw Failure() }
            }
        }
        profile.record { Profile.span(.pass) {} }
        #expect(try node(profile, .outer, .inner).calls == 1)
        #expect(try node(profile, .pass).calls == 1)
        #expect(try node(profile).calls == 2)
    }

    @Test func aSnapshotTakesOpenSpansToEndNow() throws {
        let profile = Profile()
        try profile.record {
            try Profile.span(.outer) {
                Profile.span(.inner) { work() }
                let outer = try node(profile, .outer)
                #expect(outer.calls == 1)
                #expect(outer.wallTime >= (try node(profile, .outer, .inner).wallTime))
            }
        }
        #expect(try node(profile, .outer).calls == 1)
    }

    @Test func eventsAreBoundedAndSumsAreNot() throws {
        let profile = Profile(eventLimit: 10)
        profile.record { for _ in 0..<9000 { Profile.span(.outer) {} } }
        let trace = try object(profile)
        #expect(try events(profile).count == 10)
        #expect((trace["otherData"] as? [String: Any])?["dropped_spans"] as? Int == 8991)
        let note = "The trace holds the first 10 spans; 8991 later ones are in the table alone."
        #expect(profile.table.contains(note) && profile.trace.contains(note))
        #expect(try node(profile, .outer).calls == 9000)
    }

    @Test func theMedianOfManyValuesIsTheirMiddle() {
        var sample = EvenSample()
        #expect(sample.median == 0)
        for value: Int64 in [5, 1, 3] { sample.add(value) }
        #expect(sample.median == 3)
        sample.add(9)
        #expect(sample.median == 4)
        var many = EvenSample()
        for value in 0..<100_000 { many.add(Int64(value)) }
        #expect(abs(many.median - 50_000) < 100)
    }

    @Test func theTableNamesEveryStageAndTheRest() throws {
        let profile = Profile()
        profile.record {
            Profile.span(.step) {
                Profile.span(.outer) { work() }
                Profile.span(.pass) { work() }
            }
        }
        let lines = profile.table.split(separator: "\n", omittingEmptySubsequences: false)
        let names = lines.prefix(7).map { line in
            line.prefix { !$0.isNumber }.trimmingCharacters(in: .whitespaces)
        }
        #expect(names[0].hasPrefix("stage") && names[0].contains("thread s"))
        #expect(
            names.dropFirst() == [
                "whole run", "step", "outer", "pass", "(no stage)", "(no stage)",
            ])
        #expect(lines[2].contains("100.0 %") && !lines[1].contains("%"))
        #expect(lines.allSatisfy { $0.last != " " })
    }
}
