"""What the proxy must know and the headers say in prose only: sizes, limits, and how long a callback lives.

Keys are `<table>.<function>.<parameter>`, `<struct>.<field>` or `<table>.<function>`; one that names nothing is an
error, so that none outlives what it speaks of.
"""

# Bytes behind an output pointer without a capacity beside it.
FIXED_BYTES = {
    "gantry.events.publish.out_id": 36,
    "gantry.trace.header.out_text": 55,
}

# Most bytes of a text, or elements of a list, that are worth carrying: the host refuses more than that by the size
# alone, so the bytes need not travel for it.
LIMITS = {
    "gantry.response.send.body": 64 << 20,
    "gantry.response.send.headers": 1000,
    "gantry.response.fail.details": 64 << 20,
    "gantry.response.refuse.findings": 1000,
    "gantry.database.execute.sql": 64 << 20,
    "gantry.database.execute.parameters": 999,
    "gantry.events.publish.data": 256 << 10,
    "gantry.jobs.enqueue.payload": 256 << 10,
    "gantry.log.write.message": 64 << 10,
    "gantry.log.write.fields": 64,
    "gantry.stream.start.headers": 1000,
    "gantry.cache.set.value": 64 << 20,
    "gantry.identity.verify.text": 16 << 10,
    "gantry.metrics.add.labels": 8,
    "gantry.metrics.set.labels": 8,
    "gantry.metrics.record.labels": 8,
    "gantry.trace.attribute.value": 4 << 10,
    "gantry.websocket.accept.protocol": 1 << 10,
    "gantry.websocket.send.data": 16 << 20,
    "gantry.websocket.close.reason": 1 << 10,
    "gantry.webhooks.check.url": 4 << 10,
    "gantry_webhook_change_v1.events": 1000,
    "gantry_outbound_request_v1.headers": 100,
    "gantry.services.call.signature": 4 << 10,
    "gantry.services.call.arguments": 8,
    "gantry.module.services.call.arguments": 8,
    "gantry_description_v1.operations": 10_000,
    "gantry_description_v1.subscriptions": 10_000,
    "gantry_description_v1.jobs": 10_000,
}

# Members of a struct that mean something only under a condition; otherwise nothing of them may be read.
CONDITIONS = {
    "gantry_value_v1.bytes": "value->type == GANTRY_VALUE_TEXT || value->type == GANTRY_VALUE_BLOB",
}

# Functions whose callbacks outlive the call: with which status, and which parameter's call is the last one.
LASTING = {
    "gantry.database.submit": ("GANTRY_PENDING", "done"),
    "gantry.executor.submit": ("GANTRY_OK", "work"),
    "gantry.executor.submit_blocking": ("GANTRY_OK", "work"),
    "gantry.executor.submit_after": ("GANTRY_OK", "work"),
    "gantry.http_client.submit": ("GANTRY_PENDING", "on_response"),
    "gantry.http_client.stream": ("GANTRY_PENDING", "on_response"),
    "gantry.stream.watch": ("GANTRY_OK", "wake"),
    "gantry.websocket.accept": ("GANTRY_OK", "on_event"),
}

# Callbacks that are called several times, the last time under this condition.
LAST_CALLS = {
    "gantry_wake_fn_v1": "(events & GANTRY_STREAM_CLOSED) != 0",
    "gantry_socket_fn_v1": "event == GANTRY_SOCKET_CLOSED",
}

# The output that names lasting work, and the function that takes it back by that name.
NAMED_BY = {
    "gantry.executor.submit_after": "out_timer",
}
TAKEN_BACK_BY = {
    "gantry.executor.cancel": "timer",
}

# Functions that are written by hand: those of the life cycle, and those that hand out functions of a type that is known
# only at run time.
BY_HAND = {
    "gantry.module.lifecycle.describe",
    "gantry.module.lifecycle.create",
    "gantry.module.lifecycle.destroy",
    "gantry.services.find",
    "gantry.module.services.function",
}
# Those whose calls go out as others do and come in by hand.
SERVED_BY_HAND = {
    "gantry.module.services.call",
}
