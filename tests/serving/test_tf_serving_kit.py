"""The files of `export/tf_serving/` are what the model server reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format
from google.protobuf.wrappers_pb2 import DESCRIPTOR as WRAPPERS

from bertsum_tf.serving import Client

KIT = Path(__file__).parents[2] / "export" / "tf_serving"


def message(name, **fields):
    """A message class of proto3: fields are name="type number", in `tensorflow.serving`.

    For messages that are not in tensorflow-serving-api. Names and types as in TensorFlow Serving's
    session_bundle_config.proto and monitoring_config.proto; the text format needs no true numbers.
    """
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(WRAPPERS.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{name}.proto", package=name, syntax="proto3", dependency=[WRAPPERS.name]
    )

    def add(parent, fields):
        for number, (field, kind) in enumerate(fields.items(), 1):
            entry = parent.field.add(name=field, number=number, label=1)
            if isinstance(kind, dict):
                add(parent.nested_type.add(name=field.title()), kind)
                entry.type, entry.type_name = entry.TYPE_MESSAGE, field.title()
            elif kind in ("bool", "string"):
                entry.type = getattr(entry, f"TYPE_{kind.upper()}")
            else:
                entry.type, entry.type_name = entry.TYPE_MESSAGE, f".google.protobuf.{kind}"

    add(file.message_type.add(name=name), fields)
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{name}.{name}"))


def parse(name, kind):
    return text_format.Parse((KIT / name).read_text(encoding="utf-8"), kind())


def test_models_config_labels_only_versions_that_it_loads():
    from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

    (model,) = parse("models.config", ModelServerConfig).model_config_list.config
    assert (model.name, model.base_path) == ("bertsum", "/models/bertsum")
    assert model.model_platform == "tensorflow"
    versions = set(model.model_version_policy.specific.versions)
    assert "stable" in model.version_labels
    assert set(model.version_labels.values()) <= versions


def test_the_canary_that_models_config_tells_of_is_valid_too():
    from tensorflow_serving.config.model_server_config_pb2 import ModelServerConfig

    text = (KIT / "models.config").read_text(encoding="utf-8")
    canary = text.replace("# version_labels", "version_labels").replace(
        "versions: 1\n", "versions: 1 versions: 2\n"
    )
    (model,) = text_format.Parse(canary, ModelServerConfig()).model_config_list.config
    assert dict(model.version_labels) == {"stable": 1, "canary": 2}
    assert [*model.model_version_policy.specific.versions] == [1, 2]


def test_batching_config_takes_the_clients_requests_whole():
    parameters = message(
        "BatchingParameters",
        max_batch_size="Int64Value",
        batch_timeout_micros="Int64Value",
        max_enqueued_batches="Int64Value",
        num_batch_threads="Int64Value",
        enable_large_batch_splitting="BoolValue",
    )
    batching = parse("batching.config", parameters)
    assert batching.max_batch_size.value >= Client.__init__.__kwdefaults__["max_batch"]
    assert batching.HasField("enable_large_batch_splitting")
    assert not batching.enable_large_batch_splitting.value


def test_monitoring_config_names_a_path():
    config = message("MonitoringConfig", prometheus_config={"enable": "bool", "path": "string"})
    monitoring = parse("monitoring.config", config)
    assert monitoring.prometheus_config.enable
    assert monitoring.prometheus_config.path.startswith("/")


def test_compose_pins_a_server_and_mounts_files_that_are_there():
    compose = (KIT / "compose.yaml").read_text(encoding="utf-8")
    assert re.search(r"image: tensorflow/serving:2\.21\.\d+\n", compose)
    files = re.findall(r"=/config/(\S+)", compose)
    assert sorted(files) == ["batching.config", "models.config", "monitoring.config"]
    assert all((KIT / name).is_file() for name in files)
    yaml = pytest.importorskip("yaml", reason="PyYAML, which reads compose.yaml, is not installed")
    (service,) = yaml.safe_load(compose)["services"].values()
    assert all(flag.startswith("--") for flag in service["command"])
