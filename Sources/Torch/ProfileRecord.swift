/// What a profile has recorded. Times are nanoseconds since its start.
struct ProfileRecord {
    /// A stage as part of the stage that it ran in.
    struct Node {
        let stage: Profile.Stage
        let parent: Int?
        var children: [Int] = []
        var calls = 0
        /// Time of all its spans, added up over the threads.
        var threadTime: Int64 = 0
        /// Time in which at least one thread was in it.
        var wallTime: Int64 = 0
        /// The part of that in which no thread was in one of the stages below it.
        var ownTime: Int64 = 0
        var durations = EvenSample()
        fileprivate var openCount = 0
        fileprivate var openSince: Int64 = 0
        fileprivate var openChildCount = 0
        fileprivate var ownSince: Int64 = 0
    }

    /// A span of the trace; without a duration while it goes on.
    struct Event {
        let node: Int
        let lane: Int
        let start: Int64
        var duration: Int64?
        let facts: [Profile.Fact]
    }

    private struct Open {
        let node: Int
        let event: Int?
        let start: Int64
    }

    /// Spans that follow each other or nest, never overlap.
    private struct Lane {
        var base: Int?
        var open: [Open] = []
        var isTaken = true
    }

    private let eventLimit: Int
    private(set) var nodes: [Node] = []
    private(set) var roots: [Int] = []
    private(set) var events: [Event] = []
    /// Spans that began after the limit on events was reached.
    private(set) var droppedEvents = 0
    private var lanes: [Lane] = []

    init(eventLimit: Int) { self.eventLimit = eventLimit }

    var laneCount: Int { lanes.count }

    /// A lane that nobody uses; its spans are part of the stage `base`.
    mutating func takeLane(under base: Int?) -> Int {
        guard let free = lanes.firstIndex(where: { !$0.isTaken }) else {
            lanes.append(Lane(base: base))
            return lanes.count - 1
        }
        lanes[free] = Lane(base: base)
        return free
    }

    mutating func giveBack(lane: Int) { lanes[lane].isTaken = false }

    /// How many spans are open in a lane, and the stage that it is in.
    func place(lane: Int) -> (depth: Int, node: Int?) {
        (lanes[lane].open.count, lanes[lane].open.last?.node ?? lanes[lane].base)
    }

    /// - Returns: the spans of the lane that enclose the new one.
    mutating func begin(
        _ stage: Profile.Stage, _ facts: [Profile.Fact], lane: Int, at now: Int64
    ) -> Int {
        let depth = lanes[lane].open.count
        let node = node(stage, under: lanes[lane].open.last?.node ?? lanes[lane].base)
        nodes[node].enter(at: now)
        if let parent = nodes[node].parent { nodes[parent].childEnters(at: now) }
        // The place is taken now: whoever has one, so do all that enclose it.
        var event: Int?
        if events.count < eventLimit {
            event = events.count
            events.append(Event(node: node, lane: lane, start: now, facts: facts))
        } else {
            droppedEvents += 1
        }
        lanes[lane].open.append(Open(node: node, event: event, start: now))
        return depth
    }

    /// Ends the spans of a lane until so many are open.
    mutating func end(lane: Int, toDepth depth: Int, at now: Int64) {
        while lanes[lane].open.count > depth, let open = lanes[lane].open.popLast() {
            if let event = open.event { events[event].duration = now - open.start }
            nodes[open.node].leave(at: now, after: now - open.start)
            if let parent = nodes[open.node].parent { nodes[parent].childLeaves(at: now) }
        }
    }

    /// Ends all spans.
    mutating func endAll(at now: Int64) {
        for lane in lanes.indices { end(lane: lane, toDepth: 0, at: now) }
    }

    private mutating func node(_ stage: Profile.Stage, under parent: Int?) -> Int {
        let siblings = parent.map { nodes[$0].children } ?? roots
        if let known = siblings.first(where: { nodes[$0].stage == stage }) { return known }
        let new = nodes.count
        nodes.append(Node(stage: stage, parent: parent))
        if let parent { nodes[parent].children.append(new) } else { roots.append(new) }
        return new
    }
}

extension ProfileRecord.Node {
    fileprivate mutating func enter(at now: Int64) {
        if openCount == 0 { (openSince, ownSince) = (now, now) }
        openCount += 1
    }

    fileprivate mutating func leave(at now: Int64, after duration: Int64) {
        calls += 1
        threadTime += duration
        durations.add(duration)
        openCount -= 1
        guard openCount == 0 else { return }
        wallTime += now - openSince
        if openChildCount == 0 { ownTime += now - ownSince }
    }

    fileprivate mutating func childEnters(at now: Int64) {
        if openChildCount == 0, openCount > 0 { ownTime += now - ownSince }
        openChildCount += 1
    }

    fileprivate mutating func childLeaves(at now: Int64) {
        openChildCount -= 1
        if openChildCount == 0 { ownSince = now }
    }
}

/// Evenly spaced ones of any number of values: every second, fourth, … where they are many.
struct EvenSample {
    private static let limit = 4096
    private var values: [Int64] = []
    private var stride = 1
    private var count = 0

    mutating func add(_ value: Int64) {
        if count.isMultiple(of: stride) {
            if values.count == Self.limit {
                values = values.indices.filter { $0.isMultiple(of: 2) }.map { values[$0] }
                stride *= 2
            }
            if count.isMultiple(of: stride) { values.append(value) }
        }
        count += 1
    }

    /// The middle value; of two middle ones the mean.
    var median: Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        return Double(sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }
}
