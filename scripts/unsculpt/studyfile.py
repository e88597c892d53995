"""One YAML file of a study, read so that nothing in it is lost: each key is text, and stands once in its section."""

import copy
from pathlib import Path

import yaml

from unsculpt.errors import InputError


class _Loader(yaml.SafeLoader):
    """YAML as usual, which by itself keeps the last of two equal keys and takes `on` and `2` for no text."""

    def compose_mapping_node(self, anchor):
        node = super().compose_mapping_node(anchor)
        lines = {}
        for key, _ in node.value:
            file, line = key.start_mark.name, key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise InputError(f"{file}: the key in line {line} is a list or a mapping; expected text")
            if key.tag not in ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge"):
                value = self.construct_object(key)
                raise InputError(
                    f"{file}: YAML reads the key {key.value} in line {line} as {type(value).__name__} {value} and not "
                    f'as text; put it in quotes: "{key.value}":'
                )
            if key.value in lines:
                raise InputError(
                    f"{file}: {key.value} stands twice, in line {lines[key.value]} and in line {line}, and only one "
                    "would count; make one of the two"
                )
            lines[key.value] = line
        return node


def read(path):
    """The content of a study file, as it is written there.

    Raises
    ------
    InputError
        When it cannot be read, is no YAML or no mapping, or when a key is no text or stands twice in its section.
    """
    try:
        with Path(path).open("rb") as stream:
            content = yaml.load(stream, _Loader)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); name an existing study file") from error
    except yaml.reader.ReaderError as error:
        what = f"byte {error.position + 1} is not UTF-8" if error.encoding == "utf-8" else "is no text"
        raise InputError(f"{path}: {what} ({error.reason}); save it as UTF-8") from error
    except (yaml.YAMLError, ValueError) as error:  # a date that does not exist is a ValueError
        raise InputError(f"{path}: is not valid YAML ({' '.join(str(error).split())}); correct it") from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: holds no mapping of keys; start from config/config.yaml")
    return content


def merge(base, change):
    """`base` with `change` on top: mappings are merged key by key, anything else is replaced; neither is modified.

    Examples
    --------
    >>> merge({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": 3}, "d": [2]})
    {'a': {'b': 3, 'c': 2}, 'd': [2]}
    """
    result = copy.deepcopy(base)
    for key, value in change.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merge(result[key], value) if both else copy.deepcopy(value)
    return result
