"""TFRecord files of `tf.train.Example`, read without TensorFlow.

A record is eight bytes of length, a checksum of those, the content, and its checksum
(https://www.tensorflow.org/tutorials/load_data/tfrecord#tfrecords_format_details). Needs protobuf
and google-crc32c, which the extra `beam` brings.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import IO, Any

from bertsum_tf.data.corpora import BadDocument, Document, open_unpacked, readable

# Features that may hold the text, in UTF-8; the first that is there counts.
TEXT_FEATURES = ("document", "article")
ID_FEATURE = "id"

_LENGTH = struct.Struct("<QI")
_CHECKSUM = struct.Struct("<I")


def tfrecord_documents(path: Path) -> Iterator[Document | BadDocument]:
    """Reads a TFRecord file, whatever is wrong with single records of it.

    Args:
        path: a file of `tf.train.Example`; packed if its name ends with `.gz`.

    Returns:
        One record each. A document's text is the bytes feature `document`, else `article`; its id
        is the bytes feature `id`, else its place, `FILE record NUMBER`. Where a length is damaged
        nobody knows where the next record starts: that place is the last one.

    Raises:
        BertsumError: The file can't be read further.
    """
    with readable(str(path)), open_unpacked(path) as file:
        for number, content in enumerate(_records(file), start=1):
            where = f"{path} record {number}"
            if isinstance(content, str):
                yield BadDocument(where, content)
            else:
                yield _document(content, where)


def _records(file: IO[bytes]) -> Iterator[bytes | str]:
    """The contents, or what is wrong with one."""
    while header := file.read(_LENGTH.size):
        if len(header) < _LENGTH.size:
            yield "is cut short"
            return
        length, checksum = _LENGTH.unpack(header)
        if checksum != _masked_crc32c(header[:8]):
            yield "is damaged, or the file holds no TFRecords; what comes after it can't be found"
            return
        content = file.read(length)
        end = file.read(_CHECKSUM.size)
        if len(content) < length or len(end) < _CHECKSUM.size:
            yield "is cut short"
            return
        yield content if _CHECKSUM.unpack(end)[0] == _masked_crc32c(content) else "is damaged"


def _document(content: bytes, where: str) -> Document | BadDocument:
    from google.protobuf.message import DecodeError

    try:
        features = _example_class().FromString(content).features.feature
    except DecodeError:
        return BadDocument(where, "is no tf.train.Example")
    texts: dict[str, str] = {}
    for name in (*TEXT_FEATURES, ID_FEATURE):
        if name not in features:
            continue
        values = features[name].bytes_list.value
        if len(values) != 1:
            return BadDocument(where, f"has a feature {name!r} that is not one string of bytes")
        try:
            texts[name] = values[0].decode("utf-8")
        except UnicodeDecodeError:
            return BadDocument(where, f"has a feature {name!r} that is not UTF-8")
    text = next((texts[name] for name in TEXT_FEATURES if name in texts), None)
    if text is None:
        return BadDocument(where, "has neither a feature 'document' nor 'article'")
    return Document(id=texts.get(ID_FEATURE) or where, text=text)


def _masked_crc32c(content: bytes) -> int:
    import google_crc32c

    checksum: int = google_crc32c.value(content)
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF


# https://github.com/tensorflow/tensorflow/blob/v2.21.0/tensorflow/core/example/feature.proto, of
# which features of numbers are left out: protobuf passes over fields that it does not know.
_EXAMPLE_PROTO = """
name: "bertsum_example.proto" package: "tensorflow" syntax: "proto3"
message_type { name: "BytesList"
  field { name: "value" number: 1 label: LABEL_REPEATED type: TYPE_BYTES } }
message_type { name: "Feature"
  field { name: "bytes_list" number: 1 label: LABEL_OPTIONAL type: TYPE_MESSAGE
          type_name: ".tensorflow.BytesList" } }
message_type { name: "Features"
  field { name: "feature" number: 1 label: LABEL_REPEATED type: TYPE_MESSAGE
          type_name: ".tensorflow.Features.FeatureEntry" }
  nested_type { name: "FeatureEntry" options { map_entry: true }
    field { name: "key" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
    field { name: "value" number: 2 label: LABEL_OPTIONAL type: TYPE_MESSAGE
            type_name: ".tensorflow.Feature" } } }
message_type { name: "Example"
  field { name: "features" number: 1 label: LABEL_OPTIONAL type: TYPE_MESSAGE
          type_name: ".tensorflow.Features" } }
"""


@cache
def _example_class() -> Any:
    """The message `tf.train.Example`."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format

    # A pool of its own: TensorFlow, if it is there, declares the same names in the common one.
    pool = descriptor_pool.DescriptorPool()
    pool.Add(text_format.Parse(_EXAMPLE_PROTO, descriptor_pb2.FileDescriptorProto()))
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tensorflow.Example"))
