"""The first policy's file, beside the user model for whose forecasts it was made."""

from __future__ import annotations

from pathlib import Path

from promo_engine.policies.algorithms.thompson import ThompsonSamplingPolicy

POLICY = "policy.npz"


class PolicyMissing(Exception):  # noqa: N818  the pair of ModelMissing
    """There is no usable first policy at the path; the message is one line that says what to run."""


def save_initial_policy(policy: ThompsonSamplingPolicy, model_dir: Path) -> None:
    """Write the snapshot."""
    model_dir.mkdir(parents=True, exist_ok=True)
    (model_dir / POLICY).write_bytes(policy.to_bytes())


def load_initial_policy(model_dir: Path) -> ThompsonSamplingPolicy:
    """The policy that training left. Raises PolicyMissing."""
    path = model_dir / POLICY
    try:
        return ThompsonSamplingPolicy.from_bytes(path.read_bytes())
    except FileNotFoundError:
        raise PolicyMissing(f"there is no trained policy at {path}; run `promobot train`") from None
    except (OSError, ValueError) as error:
        raise PolicyMissing(f"{path} cannot be used ({error}); run `promobot train`") from error
