"""Runs one container's life with docker-py, Docker's own client for Python. Usage: life.py, DOCKER_HOST and the rest
in the environment. Exits 0 if all went as it must.
"""

import docker
from docker.errors import APIError, ContainerError, ImageNotFound, NotFound


def refused(kind, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except kind as error:
        return error
    raise AssertionError(f"{call} wasn't refused")


client = docker.from_env(timeout=180)
assert client.ping()
assert client.version()["ApiVersion"] >= "1.44"

# Images.
refused(ImageNotFound, client.images.get, "nosuch")
image = client.images.pull("busybox", tag="latest")
assert "busybox:latest" in image.tags, image.tags
assert image.tag("python-made", "1") and client.images.get("python-made:1").id == image.id
client.images.remove("python-made:1")

# A run from its first byte to its exit code.
assert client.containers.run("busybox", ["echo", "hi"], remove=True) == b"hi\n"
failure = refused(ContainerError, client.containers.run, "busybox", ["sh", "-c", "echo no >&2; exit 3"], remove=True)
assert (failure.exit_status, failure.stderr) == (3, b"no\n"), failure
assert "executable file not found" in str(refused(APIError, client.containers.run, "busybox", ["nonesuch"], remove=True))

# A container that stays for a while.
container = client.containers.create(
    "busybox",
    ["sh", "-c", "echo out; echo err >&2; read line; echo said $line; exec sleep 1000"],
    name="python",
    labels={"made-by": "docker-py"},
    environment={"A": "b"},
    stdin_open=True,
    working_dir="/tmp",
)
try:
    assert container.status == "created"
    assert refused(APIError, client.containers.create, "busybox", name="python").status_code == 409
    socket = container.attach_socket(params={"stdin": 1, "stream": 1})
    container.start()
    # Over a Unix socket docker-py wraps it once more than over TLS.
    getattr(socket, "_sock", socket).sendall(b"hello\n")
    lines = []
    for chunk in container.logs(stream=True, follow=True):
        lines.append(chunk)
        if b"said hello\n" in b"".join(lines):
            break
    socket.close()
    assert sorted(b"".join(lines).splitlines()) == [b"err", b"out", b"said hello"], lines
    assert container.logs(stdout=True, stderr=False) == b"out\nsaid hello\n"
    container.reload()
    assert container.status == "running" and container.attrs["Config"]["Env"][0] == "A=b"

    code, output = container.exec_run(["sh", "-c", "echo $A; pwd; id -un; exit 7"], user="nobody")
    assert (code, output) == (7, b"b\n/tmp\nnobody\n"), (code, output)
    code, (out, err) = container.exec_run(["sh", "-c", "echo out; echo err >&2"], demux=True)
    assert (code, out, err) == (0, b"out\n", b"err\n")
    assert container.exec_run(["nonesuch"]).exit_code == 127
    assert any("sleep" in " ".join(process) for process in container.top()["Processes"])
    stats = container.stats(stream=False)
    assert stats["memory_stats"]["usage"] > 0, stats

    assert [c.name for c in client.containers.list(filters={"label": "made-by=docker-py"})] == ["python"]
    container.rename("renamed")
    refused(NotFound, client.containers.get, "python")
    container = client.containers.get("renamed")
    container.restart(timeout=1)
    container.kill("KILL")
    assert container.wait()["StatusCode"] == 137
    container.start()
    container.stop(timeout=1)
    assert container.wait()["StatusCode"] == 137
finally:
    container.remove(force=True)
refused(NotFound, client.containers.get, "renamed")
