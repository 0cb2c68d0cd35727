from __future__ import annotations

import json
import threading
from pathlib import Path

from sentiment.telemetry.events import JsonLinesSink


def test_events_of_many_threads_are_whole_lines(tmp_path: Path) -> None:
    sinks = [JsonLinesSink(tmp_path / "events"), JsonLinesSink(tmp_path / "events")]

    def work(number: int) -> None:
        for count in range(50):
            sinks[number % 2].emit("prediction", {"number": number, "count": count})

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    files = (tmp_path / "events").iterdir()
    lines = [line for file in files for line in file.read_text().splitlines()]
    events = [json.loads(line) for line in lines]
    assert len({(event["number"], event["count"]) for event in events}) == len(lines) == 400
    assert all(event["time"].endswith("+00:00") for event in events)
