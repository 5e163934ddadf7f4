"""Random cases: what their numbers must look like, since their values are nobody's business.

Each check raises AssertionError with what was wrong. Bounds are six standard deviations: a right
program fails one in 500 million, and since its numbers are the same in every run, never.
"""
import numpy


def check_count(hits, chances):
    """`hits` successes of independent trials with these chances."""
    chances = numpy.asarray(chances, numpy.float64)
    expected, deviation = chances.sum(), numpy.sqrt((chances * (1 - chances)).sum())
    assert abs(hits - expected) <= 6 * deviation + 1e-9, \
        f"{hits} of {chances.size}, expected {expected:.1f} with a deviation of {deviation:.1f}"


def check_bernoulli(inputs, outputs):
    chances, (draws,) = inputs[0], outputs
    assert numpy.isin(draws, (0, 1)).all(), f"expected zeros and ones, found {draws}"
    check_count(draws.sum(), chances)


def check_dropout(inputs, outputs):
    data = inputs[0]
    ratio = float(inputs[1]) if len(inputs) > 2 else 0.5
    training = bool(inputs[-1])
    kept = numpy.isclose(outputs[0], data / (1 - ratio), rtol=1e-6) if training else outputs[0] == data
    dropped = (outputs[0] == 0) & training
    assert (kept | dropped).all(), "an element is neither kept nor dropped"
    check_count(dropped.sum(), numpy.full(data.size, ratio if training else 0))
    if len(outputs) > 1:
        assert (outputs[1] == kept).all(), "the mask does not say what was kept"


CHECKS = {"Bernoulli": check_bernoulli, "Dropout": check_dropout}


def check(case, inputs, outputs):
    CHECKS[case.operator](inputs, outputs)
