"""Chapter 11: ranking as decisions, deep Q-networks."""

from __future__ import annotations

import numpy as np

from rec_tutor.check.question import Blank, Question, listed

BLANKS = [
    Blank(
        "11.T1",
        "11.G1",
        ("greedy_return",),
        (5.5,),
        wrong={
            "no_discount": (9,),
            "first_reward_discounted": (2.75,),
            "the_other_evening": (5.75,),
            "one_discount_for_all": (6.5,),
            "first_reward_only": (4,),
            "from_the_end": (3.5,),
            "two_rewards_only": (5,),
            "mean_of_the_rewards": (2.25,),
        },
    ),
    Blank(
        "11.T2",
        "11.G2",
        ("of_action", "of_romance"),
        (5, 7),
        wrong={
            "rewards_only": (2, 1),
            "next_cells_only": (3, 6),
            "tiredness_stays": (7, 6),
            "values_of_step_4": (3, 5),
            "values_of_step_2": (8, 10),
            "exchanged": (7, 5),
            "fresh": (9, 7),
            "discounted": (3.5, 4),
        },
    ),
    Blank(
        "11.T3",
        "11.G3",
        ("half_and_half",),
        (0.5,),
        wrong={
            "not_tired": (0.622,),
            "fully_tired": (0.378,),
            "exponent_is_one": (0.731,),
            "faded": (0.5125,),
            "half_of_the_worked": (0.189,),
            "odds": (1,),
        },
    ),
    Blank(
        "11.T4",
        "11.G3",
        ("stays", "has_left", "without_first"),
        (3.0, 1.0, 2.6),
        wrong={
            "no_discount": (3.5, 1, 3),
            "reward_discounted": (2.8, 0.8, 2.4),
            "mean_of_the_films": (2.6, None, 2.4),
            "end_ignored": (3, 3, None),
            "reward_lost_at_the_end": (3, 0, 2.6),
            "forbidden_film_counts": (3, None, 3),
            "no_reward": (2, 0, 1.6),
            "smallest_value": (2.2, None, 2.2),
        },
    ),
]


# --------------------------------------------------------------------------- dqn.1


def returns(rewards, gamma):
    """The return (11.1) from each step on.

    rewards: (steps,), of one episode; there may be none. gamma: the discount, 0 to 1.
    Returns (steps,): G_t for each t. The last one is the last reward alone, since no
    reward comes after it.
    """
    G = np.zeros(len(rewards))
    later = 0.0
    for t in reversed(range(len(rewards))):
        later = rewards[t] + gamma * later
        G[t] = later
    return G


def _weighted(rewards, gamma):
    return rewards * gamma ** np.arange(len(rewards))


def first_return_only(rewards, gamma):
    return _weighted(rewards, gamma).sum()


def nothing_discounted(rewards, gamma):
    return returns(rewards, 1)


def what_came_before(rewards, gamma):
    return returns(rewards[::-1], gamma)[::-1]


def sum_so_far(rewards, gamma):
    return np.cumsum(_weighted(rewards, gamma))


def discount_from_the_start(rewards, gamma):
    return np.cumsum(_weighted(rewards, gamma)[::-1])[::-1]


def each_reward_alone(rewards, gamma):
    return _weighted(rewards, gamma)


def own_reward_discounted(rewards, gamma):
    return gamma * returns(rewards, gamma)


def own_reward_missing(rewards, gamma):
    return returns(rewards, gamma) - rewards


def one_step_late(rewards, gamma):
    return np.append(returns(rewards, gamma)[1:], np.zeros(min(1, len(rewards))))


def two_steps_only(rewards, gamma):
    return rewards + gamma * np.append(rewards[1:], np.zeros(min(1, len(rewards))))


def same_discount_for_all(rewards, gamma):
    return rewards + gamma * (returns(rewards, 1) - rewards)


def mean_of_what_comes(rewards, gamma):
    return returns(rewards, gamma) / np.arange(len(rewards), 0, -1)


def back_to_front(rewards, gamma):
    return returns(rewards, gamma)[::-1]


def cut_to_whole_numbers(rewards, gamma):
    G = np.zeros_like(rewards)
    G[:] = returns(rewards, gamma)
    return G


def cut_at_each_step(rewards, gamma):
    G = rewards.copy()
    for t in range(len(G) - 2, -1, -1):
        G[t] += gamma * G[t + 1]
    return G


def last_return_is_zero(rewards, gamma):
    G = np.zeros(len(rewards))
    for t in range(len(rewards) - 2, -1, -1):
        G[t] = rewards[t] + gamma * G[t + 1]
    return G


def first_return_everywhere(rewards, gamma):
    return np.full(len(rewards), first_return_only(rewards, gamma))


def mean_without_a_discount(rewards, gamma):
    return mean_of_what_comes(rewards, 1)


def multiplied_by_the_steps(rewards, gamma):
    found = []
    for t in range(len(rewards)):
        k = np.arange(len(rewards) - t)
        found.append((rewards[t:] * np.where(k, gamma * k, 1)).sum())
    return np.array(found)


def share_of_now_and_later(rewards, gamma):
    return (1 - gamma) * returns(rewards, gamma)


def first_step_comes_last(rewards, gamma):
    G = returns(rewards, gamma)
    return rewards + gamma * np.roll(G, -1) if len(G) else G


# --------------------------------------------------------------------------- dqn.2


def false_alarm(questions, level):
    """How likely does luck alone make at least one difference look real?

    questions: how many differences are measured, each on data of its own; in truth
    none of them exists. level: for each, the probability that its interval leaves zero
    out all the same (0.05, if it is a 95 % interval).
    Returns the probability that one interval or more leaves zero out.
    """
    return 1 - (1 - level) ** questions


def added(questions, level):
    return questions * level


def all_of_them(questions, level):
    return level**questions


def none_of_them(questions, level):
    return (1 - level) ** questions


def exactly_one(questions, level):
    return questions * level * (1 - level) ** (questions - 1)


def not_all_of_them(questions, level):
    return 1 - level**questions


def one_question(questions, level):
    return level


def shared_out(questions, level):
    return level / questions


def one_question_too_few(questions, level):
    return 1 - (1 - level) ** (questions - 1)


def two_or_more(questions, level):
    return false_alarm(questions, level) - exactly_one(questions, level)


def one_question_too_many(questions, level):
    return 1 - (1 - level) ** (questions + 1)


def multiplied_not_raised(questions, level):
    return 1 - (1 - level) * questions


def always_five_per_cent(questions, level):
    return 1 - 0.95**questions


def pairs_of_questions(questions, level):
    return 1 - (1 - level) ** (questions * (questions - 1) // 2)


def corrected_level(questions, level):
    return 1 - (1 - level) ** (1 / questions)


def after_the_correction(questions, level):
    return 1 - (1 - level / questions) ** questions


def half_of_the_level(questions, level):
    return 1 - (1 - level / 2) ** questions


# --------------------------------------------------------------------------- dqn.3


def backup(reward, after, later, gamma):
    """One step of the grid, backwards: what each state is worth, and what to do there.

    reward: (states, actions); after: (states, actions), the number of the state to
    which an action leads; later: (states,), what the states are worth one step later.
    Returns two arrays (states,): the value, by (11.2), and the number of the best
    action, of several equal ones the first.
    """
    Q = reward + gamma * later[after]
    return Q.max(axis=1), Q.argmax(axis=1)


def _q(reward, after, later, gamma):
    return reward + gamma * later[after]


def mean_of_the_actions(reward, after, later, gamma):
    Q = _q(reward, after, later, gamma)
    return Q.mean(axis=1), Q.argmax(axis=1)


def worst_action(reward, after, later, gamma):
    Q = _q(reward, after, later, gamma)
    return Q.min(axis=1), Q.argmin(axis=1)


def over_the_states(reward, after, later, gamma):
    Q = _q(reward, after, later, gamma)
    return Q.max(axis=0), Q.argmax(axis=0)


def greedy_action(reward, after, later, gamma):
    best = reward.argmax(axis=1)
    return _q(reward, after, later, gamma)[np.arange(len(best)), best], best


def best_by_reward(reward, after, later, gamma):
    return backup(reward, after, later, gamma)[0], reward.argmax(axis=1)


def best_by_later_value(reward, after, later, gamma):
    value, _ = backup(reward, after, later, gamma)
    return value, later[after].argmax(axis=1)


def next_reward_only(reward, after, later, gamma):
    return reward.max(axis=1), reward.argmax(axis=1)


def stays_in_the_state(reward, after, later, gamma):
    Q = reward + gamma * later[:, None]
    return Q.max(axis=1), Q.argmax(axis=1)


def best_state_of_all(reward, after, later, gamma):
    Q = reward + gamma * later.max()
    return Q.max(axis=1), Q.argmax(axis=1)


def both_maxima(reward, after, later, gamma):
    value = reward.max(axis=1) + gamma * later[after].max(axis=1)
    return value, _q(reward, after, later, gamma).argmax(axis=1)


def later_not_discounted(reward, after, later, gamma):
    return backup(reward, after, later, 1)


def all_discounted(reward, after, later, gamma):
    value, best = backup(gamma * reward, after, later, gamma)
    return value, best


def reward_forgotten(reward, after, later, gamma):
    return backup(0 * reward, after, later, gamma)


def last_of_equal_ones(reward, after, later, gamma):
    Q = _q(reward, after, later, gamma)
    return Q.max(axis=1), Q.shape[1] - 1 - Q[:, ::-1].argmax(axis=1)


def counted_from_one(reward, after, later, gamma):
    value, best = backup(reward, after, later, gamma)
    return value, best + 1


def state_it_leads_to(reward, after, later, gamma):
    value, best = backup(reward, after, later, gamma)
    return value, after[np.arange(len(best)), best]


def sum_of_the_actions(reward, after, later, gamma):
    Q = _q(reward, after, later, gamma)
    return Q.sum(axis=1), Q.argmax(axis=1)


def best_without_a_discount(reward, after, later, gamma):
    value, _ = backup(reward, after, later, gamma)
    return value, backup(reward, after, later, 1)[1]


def value_without_a_discount(reward, after, later, gamma):
    _, best = backup(reward, after, later, gamma)
    return backup(reward, after, later, 1)[0], best


def actions_before_values(reward, after, later, gamma):
    return backup(reward, after, later, gamma)[::-1]


def number_of_the_state(reward, after, later, gamma):
    Q = reward + gamma * after
    return Q.max(axis=1), Q.argmax(axis=1)


def later_overwritten(reward, after, later, gamma):
    later, best = later.copy(), []
    for s in range(len(reward)):
        Q = reward[s] + gamma * later[after[s]]
        later[s] = Q.max()
        best.append(Q.argmax())
    return later, np.array(best)


def values_cut(reward, after, later, gamma):
    Q = np.zeros_like(reward)
    Q[:] = _q(reward, after, later, gamma)
    return Q.max(axis=1), Q.argmax(axis=1)


def begins_with_zero(reward, after, later, gamma):
    value, best = backup(reward, after, later, gamma)
    return np.maximum(value, 0), np.where(value > 0, best, 0)


def two_actions_only(reward, after, later, gamma):
    Q = _q(reward, after, later, gamma)[:, :2]
    return Q.max(axis=1), Q.argmax(axis=1)


def added_to_the_old_value(reward, after, later, gamma):
    value, best = backup(reward, after, later, gamma)
    return later + value, best


def share_of_reward_and_later(reward, after, later, gamma):
    return backup((1 - gamma) * reward, after, later, gamma)


# --------------------------------------------------------------------------- dqn.4


def targets(r, older, left, stopped, allowed, gamma):
    """The targets y (11.5) of a batch of steps.

    r: (steps,), the rewards; older: (steps, films), the values that the older copy
    gives in o'; left: (steps,), 1 where the person left, else 0; stopped: (steps,), 1
    where we stopped watching, though she was still there, else 0; allowed: (steps,
    films), True where a film may be shown in o', at least one in each row; gamma: the
    discount.
    Returns (steps,).
    """
    best = np.where(allowed, older, -np.inf).max(axis=1)
    return r + gamma * (1 - left) * best


def _best(older, allowed):
    return np.where(allowed, older, -np.inf).max(axis=1)


def stopped_is_an_end(r, older, left, stopped, allowed, gamma):
    return r + gamma * (1 - left) * (1 - stopped) * _best(older, allowed)


def only_stopped_is_an_end(r, older, left, stopped, allowed, gamma):
    return r + gamma * (1 - stopped) * _best(older, allowed)


def end_ignored(r, older, left, stopped, allowed, gamma):
    return r + gamma * _best(older, allowed)


def end_turned_round(r, older, left, stopped, allowed, gamma):
    return r + gamma * left * _best(older, allowed)


def reward_lost_at_the_end(r, older, left, stopped, allowed, gamma):
    return (1 - left) * (r + gamma * _best(older, allowed))


def all_films_allowed(r, older, left, stopped, allowed, gamma):
    return r + gamma * (1 - left) * older.max(axis=1)


def forbidden_is_zero(r, older, left, stopped, allowed, gamma):
    return r + gamma * (1 - left) * (older * allowed).max(axis=1)


def forbidden_films_only(r, older, left, stopped, allowed, gamma):
    best = np.where(allowed, -np.inf, older).max(axis=1)
    return r + gamma * (1 - left) * best


def mean_of_the_allowed(r, older, left, stopped, allowed, gamma):
    mean = np.where(allowed, older, 0).sum(axis=1) / allowed.sum(axis=1)
    return r + gamma * (1 - left) * mean


def worst_of_the_allowed(r, older, left, stopped, allowed, gamma):
    worst = np.where(allowed, older, np.inf).min(axis=1)
    return r + gamma * (1 - left) * worst


def number_of_the_film(r, older, left, stopped, allowed, gamma):
    best = np.where(allowed, older, -np.inf).argmax(axis=1)
    return r + gamma * (1 - left) * best


def best_of_each_film(r, older, left, stopped, allowed, gamma):
    best = np.where(allowed, older, -np.inf).max(axis=0)
    return r + gamma * (1 - left) * best


def best_of_the_batch(r, older, left, stopped, allowed, gamma):
    return r + gamma * (1 - left) * np.where(allowed, older, -np.inf).max()


def target_not_discounted(r, older, left, stopped, allowed, gamma):
    return targets(r, older, left, stopped, allowed, 1)


def reward_discounted(r, older, left, stopped, allowed, gamma):
    return gamma * targets(r, older, left, stopped, allowed, 1)


def without_the_reward(r, older, left, stopped, allowed, gamma):
    return targets(0 * r, older, left, stopped, allowed, gamma)


def never_below_zero(r, older, left, stopped, allowed, gamma):
    return r + gamma * (1 - left) * np.maximum(_best(older, allowed), 0)


def forbidden_is_minus_one(r, older, left, stopped, allowed, gamma):
    return r + gamma * (1 - left) * np.where(allowed, older, -1).max(axis=1)


def best_film_forbidden_so_nothing(r, older, left, stopped, allowed, gamma):
    rows, best = np.arange(len(older)), older.argmax(axis=1)
    value = np.where(allowed[rows, best], older[rows, best], 0)
    return r + gamma * (1 - left) * value


def sum_of_the_allowed(r, older, left, stopped, allowed, gamma):
    return r + gamma * (1 - left) * np.where(allowed, older, 0).sum(axis=1)


def first_of_the_allowed(r, older, left, stopped, allowed, gamma):
    first = older[np.arange(len(older)), allowed.argmax(axis=1)]
    return r + gamma * (1 - left) * first


def tilde_of_a_number(r, older, left, stopped, allowed, gamma):
    return r + gamma * ~left * _best(older, allowed)


def target_cut_to_whole_numbers(r, older, left, stopped, allowed, gamma):
    y = np.zeros_like(r)
    y[:] = targets(r, older, left, stopped, allowed, gamma)
    return y


def discounted_along_the_batch(r, older, left, stopped, allowed, gamma):
    return targets(r, older, left, stopped, allowed, gamma ** np.arange(len(r)))


def one_minus_gamma(r, older, left, stopped, allowed, gamma):
    return targets(r, older, left, stopped, allowed, 1 - gamma)


# --------------------------------------------------------------------------- dqn.5


def frozen_q(steps, states, actions, gamma, alpha, copy_every):
    """Q-learning (11.3) with a table, whose targets use an older copy as in (11.5).

    steps: (n, 5), whole numbers, one row after the other is learnt: state, action,
    reward, next state, and 1 if the person left, else 0. states, actions: how many.
    All values begin at 0, in the table and in the copy. When copy_every rows are
    learnt, and again after each copy_every rows more, the copy becomes equal to the
    table. Between, it does not change.
    Returns the table, (states, actions).
    """
    Q = np.zeros((states, actions))
    older = Q.copy()
    for number, (s, a, r, then, left) in enumerate(steps, start=1):
        y = r + gamma * (1 - left) * older[then].max()
        Q[s, a] += alpha * (y - Q[s, a])
        if number % copy_every == 0:
            older = Q.copy()
    return Q


def _learnt(steps, states, actions, alpha, copy_every, target):
    """The same with another target(r, then, left, older, s, a)."""
    Q = np.zeros((states, actions))
    older = Q.copy()
    for number, (s, a, r, then, left) in enumerate(steps, start=1):
        Q[s, a] += alpha * (target(r, then, left, older, s, a) - Q[s, a])
        if number % copy_every == 0:
            older = Q.copy()
    return Q


def never_frozen(steps, states, actions, gamma, alpha, copy_every):
    return frozen_q(steps, states, actions, gamma, alpha, 1)


def frozen_once_then_the_same(steps, states, actions, gamma, alpha, copy_every):
    Q = np.zeros((states, actions))
    older = Q.copy()
    for number, (s, a, r, then, left) in enumerate(steps, start=1):
        y = r + gamma * (1 - left) * older[then].max()
        Q[s, a] += alpha * (y - Q[s, a])
        if number % copy_every == 0:
            older = Q
    return Q


def frozen_too_late(steps, states, actions, gamma, alpha, copy_every):
    Q = np.zeros((states, actions))
    older = Q
    for number, (s, a, r, then, left) in enumerate(steps, start=1):
        y = r + gamma * (1 - left) * older[then].max()
        Q[s, a] += alpha * (y - Q[s, a])
        if number % copy_every == 0:
            older = Q.copy()
    return Q


def never_renewed(steps, states, actions, gamma, alpha, copy_every):
    return frozen_q(steps, states, actions, gamma, alpha, len(steps) + 1)


def copied_before_the_step(steps, states, actions, gamma, alpha, copy_every):
    Q = np.zeros((states, actions))
    older = Q.copy()
    for number, (s, a, r, then, left) in enumerate(steps, start=1):
        if number % copy_every == 0:
            older = Q.copy()
        y = r + gamma * (1 - left) * older[then].max()
        Q[s, a] += alpha * (y - Q[s, a])
    return Q


def counted_from_zero(steps, states, actions, gamma, alpha, copy_every):
    Q = np.zeros((states, actions))
    older = Q.copy()
    for number, (s, a, r, then, left) in enumerate(steps):
        y = r + gamma * (1 - left) * older[then].max()
        Q[s, a] += alpha * (y - Q[s, a])
        if number % copy_every == 0:
            older = Q.copy()
    return Q


def end_not_masked(steps, states, actions, gamma, alpha, copy_every):
    def target(r, then, left, older, s, a):
        return r + gamma * older[then].max()

    return _learnt(steps, states, actions, alpha, copy_every, target)


def nothing_learnt_at_the_end(steps, states, actions, gamma, alpha, copy_every):
    def target(r, then, left, older, s, a):
        return (1 - left) * (r + gamma * older[then].max())

    return _learnt(steps, states, actions, alpha, copy_every, target)


def reward_discounted_too(steps, states, actions, gamma, alpha, copy_every):
    def target(r, then, left, older, s, a):
        return gamma * (r + (1 - left) * older[then].max())

    return _learnt(steps, states, actions, alpha, copy_every, target)


def no_discount(steps, states, actions, gamma, alpha, copy_every):
    return frozen_q(steps, states, actions, 1, alpha, copy_every)


def mean_of_next_actions(steps, states, actions, gamma, alpha, copy_every):
    def target(r, then, left, older, s, a):
        return r + gamma * (1 - left) * older[then].mean()

    return _learnt(steps, states, actions, alpha, copy_every, target)


def number_of_the_action(steps, states, actions, gamma, alpha, copy_every):
    def target(r, then, left, older, s, a):
        return r + gamma * (1 - left) * older[then].argmax()

    return _learnt(steps, states, actions, alpha, copy_every, target)


def same_action_again(steps, states, actions, gamma, alpha, copy_every):
    def target(r, then, left, older, s, a):
        return r + gamma * (1 - left) * older[then, a]

    return _learnt(steps, states, actions, alpha, copy_every, target)


def best_of_all_states(steps, states, actions, gamma, alpha, copy_every):
    def target(r, then, left, older, s, a):
        return r + gamma * (1 - left) * older.max()

    return _learnt(steps, states, actions, alpha, copy_every, target)


def value_of_this_state(steps, states, actions, gamma, alpha, copy_every):
    def target(r, then, left, older, s, a):
        return r + gamma * (1 - left) * older[s].max()

    return _learnt(steps, states, actions, alpha, copy_every, target)


def jumps_to_the_target(steps, states, actions, gamma, alpha, copy_every):
    return frozen_q(steps, states, actions, gamma, 1, copy_every)


def old_value_stays(steps, states, actions, gamma, alpha, copy_every):
    Q = np.zeros((states, actions))
    older = Q.copy()
    for number, (s, a, r, then, left) in enumerate(steps, start=1):
        Q[s, a] += alpha * (r + gamma * (1 - left) * older[then].max())
        if number % copy_every == 0:
            older = Q.copy()
    return Q


def alpha_turned_round(steps, states, actions, gamma, alpha, copy_every):
    return frozen_q(steps, states, actions, gamma, 1 - alpha, copy_every)


def error_from_the_copy(steps, states, actions, gamma, alpha, copy_every):
    Q = np.zeros((states, actions))
    older = Q.copy()
    for number, (s, a, r, then, left) in enumerate(steps, start=1):
        y = r + gamma * (1 - left) * older[then].max()
        Q[s, a] += alpha * (y - older[s, a])
        if number % copy_every == 0:
            older = Q.copy()
    return Q


def copy_is_returned(steps, states, actions, gamma, alpha, copy_every):
    whole = len(steps) // copy_every * copy_every
    return frozen_q(steps[:whole], states, actions, gamma, alpha, copy_every)


def _stepwise(steps, states, actions, step, renew):
    """The same with another step(Q, older, row) and another renew(number, row)."""
    Q = np.zeros((states, actions))
    older = Q.copy()
    for number, row in enumerate(steps, start=1):
        step(Q, older, row)
        if renew(number, row):
            older = Q.copy()
    return Q


def _every(rows):
    return lambda number, row: number % rows == 0


def renewed_once(steps, states, actions, gamma, alpha, copy_every):
    def step(Q, older, row):
        s, a, r, then, left = row
        Q[s, a] += alpha * (r + gamma * (1 - left) * older[then].max() - Q[s, a])

    def renew(number, row):
        return number == copy_every

    return _stepwise(steps, states, actions, step, renew)


def renewed_one_row_late(steps, states, actions, gamma, alpha, copy_every):
    return frozen_q(steps, states, actions, gamma, alpha, copy_every + 1)


def renewed_when_she_leaves(steps, states, actions, gamma, alpha, copy_every):
    def step(Q, older, row):
        s, a, r, then, left = row
        Q[s, a] += alpha * (r + gamma * (1 - left) * older[then].max() - Q[s, a])

    def renew(number, row):
        return row[4] == 1

    return _stepwise(steps, states, actions, step, renew)


def one_cell_renewed(steps, states, actions, gamma, alpha, copy_every):
    Q = np.zeros((states, actions))
    older = Q.copy()
    for number, (s, a, r, then, left) in enumerate(steps, start=1):
        Q[s, a] += alpha * (r + gamma * (1 - left) * older[then].max() - Q[s, a])
        if number % copy_every == 0:
            older[s, a] = Q[s, a]
    return Q


def chosen_by_the_table(steps, states, actions, gamma, alpha, copy_every):
    def step(Q, older, row):
        s, a, r, then, left = row
        value = older[then, Q[then].argmax()]
        Q[s, a] += alpha * (r + gamma * (1 - left) * value - Q[s, a])

    return _stepwise(steps, states, actions, step, _every(copy_every))


def chosen_by_the_copy(steps, states, actions, gamma, alpha, copy_every):
    def step(Q, older, row):
        s, a, r, then, left = row
        value = Q[then, older[then].argmax()]
        Q[s, a] += alpha * (r + gamma * (1 - left) * value - Q[s, a])

    return _stepwise(steps, states, actions, step, _every(copy_every))


def worst_next_action(steps, states, actions, gamma, alpha, copy_every):
    def target(r, then, left, older, s, a):
        return r + gamma * (1 - left) * older[then].min()

    return _learnt(steps, states, actions, alpha, copy_every, target)


def end_turned_about(steps, states, actions, gamma, alpha, copy_every):
    def target(r, then, left, older, s, a):
        return r + gamma * left * older[then].max()

    return _learnt(steps, states, actions, alpha, copy_every, target)


def old_value_forgotten(steps, states, actions, gamma, alpha, copy_every):
    def step(Q, older, row):
        s, a, r, then, left = row
        Q[s, a] = alpha * (r + gamma * (1 - left) * older[then].max())

    return _stepwise(steps, states, actions, step, _every(copy_every))


def away_from_the_target(steps, states, actions, gamma, alpha, copy_every):
    return frozen_q(steps, states, actions, gamma, -alpha, copy_every)


def last_rows_skipped(steps, states, actions, gamma, alpha, copy_every):
    def step(Q, older, row):
        s, a, r, then, left = row
        if not left:
            Q[s, a] += alpha * (r + gamma * older[then].max() - Q[s, a])

    return _stepwise(steps, states, actions, step, _every(copy_every))


def ends_when_she_leaves(steps, states, actions, gamma, alpha, copy_every):
    ends = [*np.flatnonzero(steps[:, 4] == 1), len(steps)]
    return frozen_q(steps[: ends[0] + 1], states, actions, gamma, alpha, copy_every)


def whole_numbers_only(steps, states, actions, gamma, alpha, copy_every):
    def step(Q, older, row):
        s, a, r, then, left = row
        y = r + gamma * (1 - left) * older[then].max()
        Q[s, a] = np.trunc(Q[s, a] + alpha * (y - Q[s, a]))

    return _stepwise(steps, states, actions, step, _every(copy_every))


def step_from_the_copy(steps, states, actions, gamma, alpha, copy_every):
    def step(Q, older, row):
        s, a, r, then, left = row
        y = r + gamma * (1 - left) * older[then].max()
        Q[s, a] = older[s, a] + alpha * (y - older[s, a])

    return _stepwise(steps, states, actions, step, _every(copy_every))


# what the laws of dqn.5 call it with
_STEPS = np.array(
    [
        [0, 1, 1, 1, 0],
        [1, 0, 2, 2, 0],
        [2, 1, 3, 0, 0],
        [0, 1, 1, 2, 0],
        [1, 1, 1, 0, 1],
    ]
)


def _frozen_until_it_is_copied(f):
    """Before the first copy all targets are rewards, wherever a step leads."""
    elsewhere = _STEPS.copy()
    elsewhere[:, 3] = [2, 1, 1, 0, 2]
    one, other = (f(steps, 3, 2, 0.9, 0.5, 10) for steps in (_STEPS, elsewhere))
    return np.allclose(one, other)


def _nothing_comes_after_leaving(f):
    """Where everybody leaves, nothing depends on the next state."""
    leaving = _STEPS.copy()
    leaving[:, 4] = 1
    elsewhere = leaving.copy()
    elsewhere[:, 3] = [2, 1, 1, 0, 2]
    one, other = (f(steps, 3, 2, 0.9, 0.5, 1) for steps in (leaving, elsewhere))
    return np.allclose(one, other)


QUESTIONS = [
    Question(
        "dqn.1",
        "11.G1",
        returns,
        cases=[
            (np.array([4, 1, 4, 2]), 0.5),
            (np.array([1, 0, 0, 3, -2, 1]), 0.9),
            (np.array([2.0, 3]), 0.0),
            (np.array([1.0, 2, 3]), 1.0),
            (np.array([]), 0.9),
        ],
        wrong=listed(
            first_return_only,
            nothing_discounted,
            what_came_before,
            sum_so_far,
            discount_from_the_start,
            each_reward_alone,
            own_reward_discounted,
            own_reward_missing,
            one_step_late,
            two_steps_only,
            same_discount_for_all,
            mean_of_what_comes,
            back_to_front,
            cut_to_whole_numbers,
            cut_at_each_step,
            last_return_is_zero,
            first_return_everywhere,
            mean_without_a_discount,
            multiplied_by_the_steps,
            share_of_now_and_later,
            first_step_comes_last,
        ),
    ),
    Question(
        "dqn.2",
        "11.G4",
        false_alarm,
        cases=[(2, 0.1), (3, 0.2), (20, 0.05), (1, 0.01)],
        wrong=listed(
            added,
            all_of_them,
            none_of_them,
            exactly_one,
            not_all_of_them,
            one_question,
            shared_out,
            one_question_too_few,
            two_or_more,
            one_question_too_many,
            multiplied_not_raised,
            always_five_per_cent,
            pairs_of_questions,
            corrected_level,
            after_the_correction,
            half_of_the_level,
        ),
    ),
    Question(
        "dqn.3",
        "11.G2",
        backup,
        cases=[
            (
                np.array([[4.0, 1], [2, 1], [0, 1]]),
                np.array([[1, 0], [2, 0], [2, 1]]),
                np.array([4.0, 2, 1]),
                0.5,
            ),
            (
                np.array([[1.0, 2, 0], [0, 0, 0], [-1, -4, -2], [7.5, 1, 3]]),
                np.array([[0, 1, 2], [3, 3, 1], [2, 0, 3], [0, 3, 1]]),
                np.array([2.5, 1.25, 0.5, 10.0]),
                0.8,
            ),
            (
                np.array([[1, 1, 0], [-3, -2, -2]]),
                np.array([[1, 0, 0], [1, 1, 0]]),
                np.array([0.5, 0.5]),
                0.5,
            ),
        ],
        wrong=listed(
            mean_of_the_actions,
            worst_action,
            over_the_states,
            greedy_action,
            best_by_reward,
            best_by_later_value,
            next_reward_only,
            stays_in_the_state,
            best_state_of_all,
            both_maxima,
            later_not_discounted,
            all_discounted,
            reward_forgotten,
            last_of_equal_ones,
            counted_from_one,
            state_it_leads_to,
            sum_of_the_actions,
            best_without_a_discount,
            value_without_a_discount,
            actions_before_values,
            number_of_the_state,
            later_overwritten,
            values_cut,
            begins_with_zero,
            two_actions_only,
            added_to_the_old_value,
            share_of_reward_and_later,
        ),
    ),
    Question(
        "dqn.4",
        "11.G3",
        targets,
        cases=[
            (
                np.array([1, 1, 0, 1]),
                np.array([[2.5, 2.0, 1.5], [4, 1, 2], [3, 5, 1], [2, 1, 3]]),
                np.array([0, 1, 0, 0]),
                np.array([0, 0, 0, 1]),
                np.array([[0, 1, 1], [1, 1, 1], [1, 1, 1], [1, 1, 0]], dtype=bool),
                0.8,
            ),
            (
                np.array([0.5, -1.0, 2.0]),
                np.array([[-1.5, -2, 3], [-3, -0.5, 2], [1, 4, -2]]),
                np.array([0, 0, 1]),
                np.array([1, 0, 0]),
                np.array([[1, 1, 0], [1, 1, 0], [0, 1, 1]], dtype=bool),
                0.9,
            ),
            (
                np.array([0.0, 1.5]),
                np.array([[-4.0, -6, -5], [1, -2, 1]]),
                np.array([0, 0]),
                np.array([0, 0]),
                np.array([[1, 1, 1], [0, 1, 0]], dtype=bool),
                0.9,
            ),
        ],
        wrong=listed(
            stopped_is_an_end,
            only_stopped_is_an_end,
            end_ignored,
            end_turned_round,
            reward_lost_at_the_end,
            all_films_allowed,
            forbidden_is_zero,
            forbidden_films_only,
            mean_of_the_allowed,
            worst_of_the_allowed,
            number_of_the_film,
            best_of_each_film,
            best_of_the_batch,
            target_not_discounted,
            reward_discounted,
            without_the_reward,
            never_below_zero,
            forbidden_is_minus_one,
            best_film_forbidden_so_nothing,
            sum_of_the_allowed,
            first_of_the_allowed,
            tilde_of_a_number,
            target_cut_to_whole_numbers,
            discounted_along_the_batch,
            one_minus_gamma,
        ),
    ),
    Question(
        "dqn.5",
        "11.G3",
        frozen_q,
        cases=[
            (
                np.array(
                    [
                        [0, 1, 1, 1, 0],
                        [1, 0, 4, 2, 0],
                        [0, 1, 1, 1, 0],
                        [0, 1, 1, 1, 0],
                        [1, 0, 2, 0, 1],
                    ]
                ),
                3,
                2,
                0.5,
                0.5,
                3,
            ),
            (
                np.array(
                    [
                        [0, 0, 1, 1, 0],
                        [1, 2, 0, 2, 0],
                        [2, 1, 3, 3, 1],
                        [1, 0, 1, 0, 0],
                        [3, 1, -1, 2, 0],
                        [1, 2, 5, 2, 0],
                        [0, 0, 1, 1, 0],
                        [2, 0, 1, 1, 0],
                        [1, 2, 4, 2, 0],
                        [0, 2, 1, 1, 0],
                        [1, 2, 2, 0, 1],
                    ]
                ),
                4,
                3,
                0.8,
                0.25,
                4,
            ),
            (np.array([[0, 0, 1, 1, 0], [1, 0, 1, 0, 0]]), 2, 1, 0.9, 0.1, 5),
            (np.zeros((0, 5), dtype=int), 2, 3, 0.9, 0.1, 5),
            (
                np.array([[1, 0, 2, 0, 0], [1, 1, 4, 0, 0], [0, 0, 1, 1, 0]]),
                3,
                2,
                0.5,
                0.5,
                2,
            ),
        ],
        wrong=listed(
            never_frozen,
            frozen_once_then_the_same,
            frozen_too_late,
            never_renewed,
            copied_before_the_step,
            counted_from_zero,
            end_not_masked,
            nothing_learnt_at_the_end,
            reward_discounted_too,
            no_discount,
            mean_of_next_actions,
            number_of_the_action,
            same_action_again,
            best_of_all_states,
            value_of_this_state,
            jumps_to_the_target,
            old_value_stays,
            alpha_turned_round,
            error_from_the_copy,
            copy_is_returned,
            renewed_once,
            renewed_one_row_late,
            renewed_when_she_leaves,
            one_cell_renewed,
            chosen_by_the_table,
            chosen_by_the_copy,
            worst_next_action,
            end_turned_about,
            old_value_forgotten,
            away_from_the_target,
            last_rows_skipped,
            ends_when_she_leaves,
            whole_numbers_only,
            step_from_the_copy,
        ),
        laws={
            "frozen_until_it_is_copied": _frozen_until_it_is_copied,
            "nothing_comes_after_leaving": _nothing_comes_after_leaving,
        },
    ),
]
