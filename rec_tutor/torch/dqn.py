"""Deep Q-networks: a network that says what an action is worth, now and later."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rec_tutor.inputs import checks
from rec_tutor.torch.layers import dense
from rec_tutor.torch.training import device


class QNetwork(nn.Module):
    """Observation (B, N) -> Q-values of all actions (B, A).

    h = ReLU layers(o), and the last layer also sees o itself: Q(o, a) = w_a . [h, o] +
    b_a. With `features`, (A, F), actions that are alike share what is learnt: Q(o, a) =
    (W [h, o] + b) . f_a. With `dueling` (Wang et al. 2016, arXiv:1511.06581) that is an
    advantage A(o, a), and Q(o, a) = V(o) + A(o, a) - mean_a' A(o, a').
    """

    def __init__(
        self,
        num_inputs: int,
        num_actions: int,
        hidden: Sequence[int] = (64, 64),
        dueling: bool = False,
        features: np.ndarray | None = None,
        seed: int = 0,
    ):
        super().__init__()
        checks.table("features", features, num_actions)
        sizes = [num_inputs, *hidden]
        self.layers = nn.ModuleList(
            dense(before, after, 10 * seed + k)
            for k, (before, after) in enumerate(pairwise(sizes))
        )
        self.head = dense(
            sizes[-1] + num_inputs,
            num_actions if features is None else features.shape[1],
            10 * seed + 8,
        )
        self.value = dense(sizes[-1], 1, 10 * seed + 9) if dueling else None
        self.register_buffer(
            "features",
            None if features is None else torch.tensor(features, dtype=torch.float32),
        )

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        h = observations
        for layer in self.layers:
            h = F.relu(layer(h))  # (B, H)
        q = self.head(torch.cat([h, observations], dim=1))  # (B, A), or (B, F)
        if self.features is not None:
            q = q @ self.features.T  # (B, F) @ (F, A) -> (B, A)
        if self.value is not None:
            q = self.value(h) + q - q.mean(dim=1, keepdim=True)  # (B, 1) + (B, A)
        return q


class Learner(nn.Module):
    """Two copies of a network that says what actions are worth: the online one learns,
    the target network follows it every `target_every` updates.

    A subclass says what the loss of a batch of transitions is (`batch_loss`).

    Args:
        network: makes the network; called twice, for two equal ones.
        lr: Adam's step size.
        target_every: updates after which the target network becomes a copy of the
            online network; 1 is as good as no target network.
        decay: updates over which lr falls linearly to a hundredth; None: it stays.
    """

    def __init__(
        self,
        network: Callable[[], nn.Module],
        lr: float,
        target_every: int,
        decay: int | None,
    ):
        super().__init__()
        if target_every < 1:
            raise ValueError(f"target_every must be at least 1; it is {target_every}.")
        self.target_every, self.updates = target_every, 0
        self.online, self.target = network(), network().requires_grad_(False)
        self.to(device())
        self.optimizer = torch.optim.Adam(
            self.online.parameters(),
            lr=lr,
            eps=1e-8,
            fused=device().type in ("cpu", "cuda"),
        )
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer,
            lambda step: max(0.01, 1 - 0.99 * step / decay) if decay else 1.0,
        )

    def forward(self, observations: torch.Tensor) -> torch.Tensor:
        """(B, N) -> (B, A)."""
        return self.online(observations)

    def update(self, *transitions: np.ndarray) -> float:
        """One step of Adam on transitions as `decisions.learning.ReplayBuffer` keeps
        them; returns the loss.
        """
        where = self.online.head.weight.device
        loss = self.batch_loss(
            *(torch.as_tensor(column, device=where) for column in transitions)
        )
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.schedule.step()
        self.updates += 1
        if self.updates % self.target_every == 0:
            self.target.load_state_dict(self.online.state_dict())
        return loss.item()

    @torch.no_grad()
    def q_values(self, observations: np.ndarray) -> np.ndarray:
        """(n, N) -> (n, A)."""
        where = self.online.head.weight.device
        observations = np.asarray(observations, dtype=np.float32)
        return self(torch.as_tensor(observations, device=where)).cpu().numpy()

    def snapshot(self) -> list[np.ndarray]:
        """A copy of the online network's weights."""
        weights = self.online.parameters()
        return [weight.detach().cpu().numpy().copy() for weight in weights]

    @torch.no_grad()
    def restore(self, weights: list[np.ndarray]) -> None:
        """Put `weights` back into the online network, and a copy into the target
        network.
        """
        for parameter, weight in zip(self.online.parameters(), weights, strict=True):
            parameter.copy_(torch.as_tensor(weight))
        self.target.load_state_dict(self.online.state_dict())


class DQN(Learner):
    """Deep Q-learning (Mnih et al. 2015): pull Q(o, a) towards r + gamma max_a'
    Q_target(o', a').

    The target is r alone where the episode terminated; where it was merely cut off
    (truncated), it goes on. Only actions that are allowed in o' count in the maximum.
    gamma = 0 learns the reward of the next step, nothing else. The paper clips large
    errors; here they count squared, since a value is a mean, and clicks are chance:
    with clipped errors a network learns something nearer the median.
    doi:10.1038/nature14236

    Args:
        double: let the online network choose a' and the target network value it (van
            Hasselt et al. 2016, arXiv:1509.06461), which takes away the optimism of a
            maximum over noise.
        dueling, features, hidden: see `QNetwork`.
        lr, target_every, decay: see `Learner`.
    """

    def __init__(
        self,
        num_inputs: int,
        num_actions: int,
        hidden: Sequence[int] = (64, 64),
        gamma: float = 0.9,
        lr: float = 1e-3,
        double: bool = True,
        dueling: bool = False,
        target_every: int = 50,
        decay: int | None = None,
        features: np.ndarray | None = None,
        seed: int = 0,
    ):
        if not 0 <= gamma <= 1:
            raise ValueError(f"gamma must lie in 0..1; it is {gamma}.")
        sizes = num_inputs, num_actions, hidden
        super().__init__(
            lambda: QNetwork(*sizes, dueling, features, seed), lr, target_every, decay
        )
        self.gamma, self.double = gamma, double

    def targets(
        self, rewards: Tensor, following: Tensor, terminated: Tensor, masks: Tensor
    ) -> Tensor:
        """(B,), (B, N), (B,), (B, A) -> what Q(o, a) should be, (B,)."""
        q = self.target(following)  # (B, A)
        chooser = self.online(following) if self.double else q
        # (B, 1)
        best = torch.where(masks, chooser, -torch.inf).argmax(dim=1, keepdim=True)
        # (B,); 0 where nothing is allowed any more
        later = q.gather(1, best).squeeze(1) * masks.any(dim=1)
        return rewards + self.gamma * (1 - terminated) * later

    def batch_loss(
        self, observations: Tensor, actions: Tensor, *outcome: Tensor
    ) -> Tensor:
        """Mean squared error between Q of the actions taken, (B,), and their targets,
        which are held fixed; for the outcome see `targets`.
        """
        q = self.online(observations).gather(1, actions[:, None]).squeeze(1)  # (B,)
        with torch.no_grad():
            goal = self.targets(*outcome)
        return F.mse_loss(q, goal)
