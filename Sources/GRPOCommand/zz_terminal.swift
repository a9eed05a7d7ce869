import Foundation
struct Terminal { let width = 80; let usesColor = false; let quiet: Bool; let json: Bool
 init(quiet: Bool, json: Bool) { self.quiet = quiet; self.json = json }
 func note(_ t: String) { if !quiet && !json { print(t); fflush(nil) } }
 func result(_ t: String) { if !json { print(t); fflush(nil) } }
 func jsonLine(_ t: String) { if json { print(t); fflush(nil) } }
 func warning(_ t: String) { FileHandle.standardError.write(Data("warning: \(t)\n".utf8)) } }
struct ProgressReport { var label: String; var step: Int; var total: Int; var fields: [(name: String, value: String)]; var secondsPerStep: Double? }
final class ProgressBar { let t: Terminal; init(_ terminal: Terminal, total: Int) { t = terminal }
 func update(_ r: ProgressReport) { if r.step % max(1, r.total / 10) == 0 || r.step == 1 { t.note("\(r.label) \(r.step)/\(r.total) " + r.fields.map { "\($0.name) \($0.value)" }.joined(separator: "  ")) } }
 func finish() {} }
struct Plot { static func lines(_ values: [Double], width: Int, height: Int, title: String, usesColor: Bool) -> [String] { [title] } }
enum TextFormat { static func percent(_ v: Double) -> String { String(format: "%.1f %%", v * 100) }
 static func count(_ v: Int) -> String { "\(v)" }; static func seconds(_ s: Double) -> String { "\(Int(s)) s" } }
