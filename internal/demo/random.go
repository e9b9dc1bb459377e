package demo

import "math/bits"

// mix is a bijective hash (the finaliser of splitmix64). Rows are made from it instead of from a generator with state, so that a value
// depends only on the host or row and the column: a host scanned twice shows the same certificate twice.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// below maps a hash evenly to 0..n-1.
func below(h uint64, n int) int {
	hi, _ := bits.Mul64(h, uint64(n))
	return int(hi)
}

// skewed maps a hash to 0..n-1 so that small numbers are frequent: most hosts share few products.
func skewed(h uint64, n int) int {
	a, b := below(h, n), below(mix(h), n)
	return min(a, b) * (below(mix(h^1), n) + 1) / n
}

// chance is true once in n.
func chance(h uint64, n int) bool { return below(h, n) == 0 }

// salt makes a column's number from its name (FNV-1a).
func salt(name string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 0x100000001b3
	}
	return h
}
