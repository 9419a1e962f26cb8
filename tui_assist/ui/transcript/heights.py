"""Where every block begins. Adding, changing and finding cost the logarithm of the number of blocks."""


class Heights:
    """A growing row of heights in lines, as a Fenwick tree."""

    def __init__(self) -> None:
        self._heights: list[int] = []
        self._tree: list[int] = [0]  # 1-based: node i holds the sum of the lowbit(i) heights up to i

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, index: int) -> int:
        return self._heights[index]

    @property
    def total(self) -> int:
        return self.top(len(self._heights))

    def append(self, height: int) -> None:
        self._heights.append(height)
        node = len(self._heights)
        total, below = height, node - 1
        while below > node - (node & -node):
            total += self._tree[below]
            below -= below & -below
        self._tree.append(total)

    def set(self, index: int, height: int) -> None:
        change = height - self._heights[index]
        if not change:
            return
        self._heights[index] = height
        node = index + 1
        while node < len(self._tree):
            self._tree[node] += change
            node += node & -node

    def truncate(self, count: int) -> None:
        """Keeps the first `count`."""
        del self._heights[count:]
        del self._tree[count + 1 :]

    def top(self, index: int) -> int:
        """The line (0-based) at which block `index` begins."""
        total, node = 0, index
        while node:
            total += self._tree[node]
            node -= node & -node
        return total

    def find(self, y: int) -> tuple[int, int]:
        """The block that holds line `y` and the line inside it; beyond the end: (how many there are, 0)."""
        node, rest = 0, y
        step = 1 << len(self._heights).bit_length()
        while step:
            if node + step < len(self._tree) and self._tree[node + step] <= rest:
                node += step
                rest -= self._tree[node]
            step >>= 1
        return (node, rest) if node < len(self._heights) else (node, 0)
