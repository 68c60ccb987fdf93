"""Image and text data sets, read from the layouts of their publishers."""

from nni_hpo_ext.trial.data._arrays import Dataset, standardised
from nni_hpo_ext.trial.data._augment import AUGMENT_OPTIONS, augmentation
from nni_hpo_ext.trial.data._choose import DATA_OPTIONS, image_streams
from nni_hpo_ext.trial.data._cifar10 import cifar10_batches, is_cifar10, load_cifar10
from nni_hpo_ext.trial.data._digits import load_digits
from nni_hpo_ext.trial.data._kaggle import KaggleLayout
from nni_hpo_ext.trial.data._memory import image_dataset
from nni_hpo_ext.trial.data._pictures import IMAGENET_MEAN, IMAGENET_SPREAD
from nni_hpo_ext.trial.data._sources import SOURCES, Source
from nni_hpo_ext.trial.data._streams import Streams, array_streams
from nni_hpo_ext.trial.data._text import Texts, text_dataset

__all__ = [
    "AUGMENT_OPTIONS",
    "DATA_OPTIONS",
    "IMAGENET_MEAN",
    "IMAGENET_SPREAD",
    "SOURCES",
    "Dataset",
    "KaggleLayout",
    "Source",
    "Streams",
    "Texts",
    "array_streams",
    "augmentation",
    "cifar10_batches",
    "image_dataset",
    "image_streams",
    "is_cifar10",
    "load_cifar10",
    "load_digits",
    "standardised",
    "text_dataset",
]
