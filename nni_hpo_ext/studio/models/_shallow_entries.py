"""What can be searched in shallow models."""

from __future__ import annotations

from nni_hpo_ext.studio.models._entry import ModelEntry, choice, log_range, whole

__all__ = ["SHALLOW"]

SHALLOW = (
    ModelEntry(
        "svm",
        "Support vector machine",
        "shallow",
        "Often the best with up to some thousand images.",
        "Seconds; the time grows with the square of the number of images.",
        {"C": log_range(0.1, 100.0), "gamma": log_range(0.03, 3.0), "mirror": choice(0, 1)},
        {"C": 10.0, "gamma": 0.3, "mirror": 0},
        0,
    ),
    ModelEntry(
        "forest",
        "Random forest",
        "shallow",
        "Robust, hardly any setting matters; good on colours and textures.",
        "Seconds.",
        {
            "trees": whole(100, 400),
            "max_features": log_range(0.02, 0.5),
            "min_samples_leaf": whole(1, 5),
        },
        {"trees": 300, "max_features": 0.08, "min_samples_leaf": 1},
        1,
    ),
    ModelEntry(
        "logistic",
        "Logistic regression",
        "shallow",
        "A baseline that is hard to fool; its weights are easy to explain.",
        "Seconds.",
        {"C": log_range(1e-4, 10.0)},
        {"C": 0.003},
        2,
    ),
    ModelEntry(
        "boosting",
        "Gradient boosting",
        "shallow",
        "Strong where a few features decide. Works on 64 principal components.",
        "Ten seconds and more; grows with the number of classes.",
        {
            "learning_rate": log_range(0.03, 0.3),
            "rounds": whole(50, 150),
            "leaves": whole(8, 31),
        },
        {"learning_rate": 0.1, "rounds": 80, "leaves": 15},
        5,
    ),
    ModelEntry(
        "knn",
        "k nearest neighbours",
        "shallow",
        "Answers with the most similar training images; needs a dense set.",
        "A second to train; answers get slower with every training image.",
        {
            "neighbours": whole(1, 25),
            "components": choice(32, 64, 128),
            "weights": choice("uniform", "distance"),
        },
        {"neighbours": 5, "components": 64, "weights": "distance"},
        4,
    ),
    ModelEntry(
        "bayes",
        "Gaussian naive Bayes",
        "shallow",
        "A baseline: each feature votes on its own.",
        "A second.",
        {"smoothing": log_range(1e-9, 1e-1), "components": choice(16, 32, 64, 128)},
        {"smoothing": 1e-3, "components": 64},
        6,
    ),
    ModelEntry(
        "tree",
        "Decision tree",
        "shallow",
        "A baseline that can be read: a list of yes-or-no questions.",
        "A second or two.",
        {"depth": whole(2, 20), "min_samples_leaf": whole(1, 20)},
        {"depth": 10, "min_samples_leaf": 5},
        7,
    ),
)
