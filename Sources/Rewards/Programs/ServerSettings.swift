/// How a reward server is asked.
public struct ServerSettings: Sendable, Equatable {
    /// Where requests are sent: `http://host:port/path`.
    public var url: String
    /// The names of the rewards it gives; none where it gives a single number.
    public var outputs: [String] = []
    /// How many posts are on their way at once.
    public var connections = 4
    /// The most completions of one post.
    public var batchSize = 16
    /// Seconds for one post, from the connection to the end of the answer.
    public var timeout = 30.0
    /// How often a post is tried again that met no server, no answer, or a server's own failure
    /// (status 429 and from 500).
    public var retries = 2
    /// The wait before the first retry; it doubles with each up to 10 s.
    var firstBackOff = Duration.milliseconds(200)
    /// Bytes of the longest line that is read.
    var maximumLine = 1 << 20

    /// The usual settings.
    public init(url: String) { self.url = url }
}
