"""A reward server: what reward.py does, over HTTP.

    python3 Examples/rewards/server.py 8000
    rewards: [{kind: http, name: last_word, url: "http://127.0.0.1:8000/"}]
"""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def score(request):
    words = request["completion"].split()
    return 1.0 if words and words[-1].strip(".") == str(request["answer"]) else 0.0


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        requests = [json.loads(line) for line in body.splitlines()]
        answers = [{"id": r["id"], "reward": score(r)} for r in requests]
        text = "".join(json.dumps(answer) + "\n" for answer in answers).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
