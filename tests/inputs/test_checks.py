"""What models ask of their arguments."""

import numpy as np
import pytest
from scipy import sparse

from rec_tutor.inputs import checks


def test_one_of():
    checks.one_of("loss", "bpr", ("bpr", "softmax"))
    with pytest.raises(ValueError, match="loss must be one of a, b; it is 'c'"):
        checks.one_of("loss", "c", ("a", "b"))


def test_a_table():
    assert checks.table("features", None, 3).shape == (3, 0)
    assert checks.table("features", [[1, 2]]).shape == (1, 2)
    for wrong in (np.ones(3), np.ones((2, 1)), np.full((3, 1), np.nan)):
        with pytest.raises(ValueError, match=r"features must .* \(3, F\)"):
            checks.table("features", wrong, 3)
    with pytest.raises(ValueError, match=r"\(n, F\); its shape is \(3,\)"):
        checks.table("features", np.ones(3))


def test_a_graph_and_its_further_nodes():
    assert checks.adjacency(sparse.eye(7, format="csr"), 2, 3) == 2
    for shape in ((4, 4), (7, 6)):
        with pytest.raises(ValueError, match=r"2 users and 3 items, \(5, 5\), or more"):
            checks.adjacency(sparse.csr_matrix(shape), 2, 3)


def test_heights_of_filters():
    assert checks.heights([2, 3], 0, 3) == (2, 3) and checks.heights((), 1, 3) == ()
    with pytest.raises(ValueError, match="both are missing"):
        checks.heights((), 0, 3)
    with pytest.raises(ValueError, match=r"between 1 and length = 3.*\(4,\)"):
        checks.heights([4], 1, 3)
