"""What a cut on the score knows of the protected variables, for all models of a stack at once and on their device."""

import numpy as np
import torch
import torch.nn.functional as F

from unsculpt import alarms
from unsculpt.events import BACKGROUND, SIGNAL

CHUNK = 1024  # events at a time, always as many: the score of a model does not depend on how many others see


class Cuts:
    """A cut on the score of each model of a stack, on the events of a part; `dependence` says what is made of it.

    The events are those of each fold and seed, S of them, filled up to equal length by events of weight zero.

    Parameters
    ----------
    training : training.Training
    part : str
        Of the events, as for `Training.rows`.
    """

    def __init__(self, training, part):
        self.training = training
        rows = [[training.rows(start, label, part) for label in (BACKGROUND, SIGNAL)] for start in training.starts]
        length = -(-max(len(background) + len(signal) for background, signal in rows) // CHUNK) * CHUNK
        weights = [[training.examples.weight[r].double() for r in pair] for pair in rows]
        label, self.share = training.task.judged
        of_cut = [[w if this == label else 0 * w for this, w in enumerate(pair)] for pair in weights]
        if training.settings.protect == "all":
            kept = [[w / w.sum() for w in pair] for pair in weights]
        else:
            kept = [[background, 0 * signal] for background, signal in weights]
        pairs = [map(torch.cat, both) for both in zip(rows, kept, strict=True)]
        self.effective = np.array([training.examples.effective(*pair) for pair in pairs])  # (S,)
        self.rows, self.of_cut, self.kept = (
            torch.stack([F.pad(torch.cat(pair), (0, length - sum(map(len, pair)))) for pair in parts]).to(
                training.device
            )
            for parts in (rows, of_cut, kept)
        )
        self.sorted = [self._by_bin(variable) for variable in training.protected]

    def _by_bin(self, variable):
        """The order of the events by their bin of a protected variable, (S, n), and where the bins end, (S, M + 1)."""
        start_row = self.training.start_row.tolist()
        models = [start_row.index(start) for start in range(len(self.rows))]  # one of each start
        number = variable.number[variable.row[models].unsqueeze(1), self.rows]
        number, order = torch.sort(number, dim=1, stable=True)
        bins = torch.arange(variable.bins + 1, device=number.device).expand(len(number), -1).contiguous()
        return order, torch.searchsorted(number.contiguous(), bins.to(number.dtype))

    @torch.no_grad()
    def known(self):
        """Mutual information of cut and protected variables, its floor, and degrees of freedom; in nats, (K,) each."""
        training, start = self.training, self.training.start_row
        response = [training.response(rows[start]) for rows in self.rows.split(CHUNK, 1)]
        response = torch.cat(response, 1).double()
        passed = response > upper_cut(response, self.of_cut[start], self.share)
        kept = self.kept[start]
        parts = torch.stack([kept * passed, kept * ~passed], 1)  # (K, 2, n)
        found = []
        for order, ends in self.sorted:
            sums = parts.gather(2, order[start].unsqueeze(1).expand_as(parts)).cumsum(2)
            ends = ends[start].unsqueeze(1).expand(-1, 2, -1)
            tables = F.pad(sums, (1, 0)).gather(2, ends).diff(dim=2)  # (K, 2, M)
            found.append(alarms.table_information(tables.cpu().numpy(), self.effective[start.cpu().numpy()]))
        return np.sum(found, axis=0)


def upper_cut(score, weight, share):
    """The score above which lies this share of the weight, (K, n) each -> (K, 1), as `alarms.upper_cut`."""
    score, order = score.sort(1)
    cumulative = weight.gather(1, order).cumsum(1)
    place = torch.searchsorted(cumulative, (1 - share) * cumulative[:, -1:])
    return score.gather(1, place.clamp(max=score.shape[1] - 1))
