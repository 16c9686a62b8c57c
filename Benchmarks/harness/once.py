"""Reads a path once with each of the keys on standard input, so many at a time; prints the seconds of each as JSON."""

import http.client
import json
import sys
import threading
import time


def main() -> None:
    port, path, workers = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    keys = sys.stdin.read().split()
    seconds: list[float] = []
    failures: list[str] = []

    def work(own: list[str]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        for key in own:
            begun = time.perf_counter()
            connection.request("GET", path, headers={"Authorization": f"Bearer {key}"})
            response = connection.getresponse()
            response.read()
            seconds.append(time.perf_counter() - begun)
            if response.status != 200:
                failures.append(f"{response.status}")

    threads = [threading.Thread(target=work, args=(keys[number::workers],)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        sys.exit(f"{len(failures)} answers were no success, such as {failures[0]}")
    json.dump(seconds, sys.stdout)


if __name__ == "__main__":
    main()
