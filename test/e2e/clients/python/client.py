"""The Python client as a tenant's program uses it. Arguments: namespace, a running pod in `running`. A JSON line for each check that held."""
import json
import os
import sys
import threading

from kubernetes import client, config, watch
from kubernetes.client.rest import ApiException
from kubernetes.stream import stream

NAMESPACE = sys.argv[1]
FORBIDDEN = os.environ["FORBIDDEN"]


def held(check, detail=""):
    print(json.dumps({"check": check, "detail": str(detail)}), flush=True)


def clean(answer):
    """What was answered, and nothing of upstream's names in it."""
    text = json.dumps(client.ApiClient().sanitize_for_serialization(answer))
    assert FORBIDDEN not in text, text
    return answer


def refused(call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except ApiException as error:
        assert FORBIDDEN not in str(error.body), error.body
        return error.status
    raise AssertionError("it went through")


config.load_kube_config(os.environ["KUBECONFIG"])
core = client.CoreV1Api()
clean(core.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE))))
events = []
start = clean(core.list_config_map_for_all_namespaces()).metadata.resource_version
ready = threading.Event()


def follow():
    watcher = watch.Watch()
    ready.set()
    for event in watcher.stream(core.list_config_map_for_all_namespaces, resource_version=start, timeout_seconds=60):
        assert FORBIDDEN not in json.dumps(event["raw_object"])
        if event["object"].metadata.namespace == NAMESPACE and event["object"].metadata.name == "seen":
            events.append(event["type"])
            if event["type"] == "DELETED":
                watcher.stop()


follower = threading.Thread(target=follow)
follower.start()
ready.wait()
body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="seen"), data={"a": "1"})
made = clean(core.create_namespaced_config_map(NAMESPACE, body))
assert made.metadata.namespace == NAMESPACE
assert clean(core.patch_namespaced_config_map("seen", NAMESPACE, {"data": {"b": "2"}})).data == {"a": "1", "b": "2"}
made.data = {"a": "3"}
assert refused(core.replace_namespaced_config_map, "seen", NAMESPACE, made) == 409
assert refused(core.create_namespaced_config_map, NAMESPACE, body) == 409
clean(core.delete_namespaced_config_map("seen", NAMESPACE))
assert refused(core.read_namespaced_config_map, "seen", NAMESPACE) == 404
follower.join(60)
assert events == ["ADDED", "MODIFIED", "DELETED"], events
held("watch", events)
assert any(one.metadata.name == NAMESPACE for one in clean(core.list_namespace()).items)
held("create, patch, replace, delete, list")

for pages in range(1, 100):
    page = core.list_config_map_for_all_namespaces(limit=2, _continue=page.metadata._continue if pages > 1 else None)
    if not page.metadata._continue:
        break
held("pages", pages)

session = stream(core.connect_get_namespaced_pod_exec, sys.argv[2], "running", container="main", command=["sh", "-c", "read x; echo $x; exit 3"],
                 stdin=True, stdout=True, stderr=True, tty=False, _preload_content=False)
session.write_stdin("typed\n")
session.run_forever(timeout=30)
assert session.read_stdout() == "typed\n"
assert session.returncode == 3, session.returncode
held("exec")
assert "line" in core.read_namespaced_pod_log(sys.argv[2], "running", container="main")
held("log")
apps = client.AppsV1Api()
assert refused(apps.read_namespaced_deployment, "missing", NAMESPACE) == 404
clean(core.delete_namespace(NAMESPACE))
held("nothing of upstream's names in any answer")
