"""A few samples of a diagnosis in full, for pictures of them: `examples.json` of a result folder."""

from symbreak.diagnosis.examples.choice import ExampleChoice as ExampleChoice
from symbreak.diagnosis.examples.examples import examples_document as examples_document
