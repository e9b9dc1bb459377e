package observable

import (
	"net/netip"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestAbove(t *testing.T) {
	tests := []struct {
		kind Kind
		text string
		want []string
	}{
		{"domain", "a.b.evil.example", []string{"b.evil.example", "evil.example"}},
		{"domain", "evil.co.uk", nil},
		{"domain", "me.github.io", nil},
		{"url", "http://www.evil.example/a", []string{"www.evil.example", "evil.example"}},
		{"url", "http://192.0.2.1/a", []string{"192.0.2.1"}},
		{"email", "bob@mail.evil.example", []string{"mail.evil.example", "evil.example"}},
		{"ip", "192.0.2.1", nil},
		{"filename", "a.b.c", nil},
	}
	for _, tt := range tests {
		v, err := read(tt.kind, tt.text)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range v.above() {
			got = append(got, p.value)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v", tt.text, got)
		}
	}
}

// What lies in a network is found under what is asked for it: by its marks where it is sealed, between the two ends where it is not.
func TestNetworks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var raw [16]byte
		copy(raw[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "address"))
		a, least, most := netip.AddrFrom16(raw), 16, 64
		if rapid.Bool().Draw(t, "IPv4") {
			a, least, most = netip.AddrFrom4([4]byte(raw[:4])), 8, 31
		}
		if a.Is4In6() {
			t.Skip("an IPv4 address")
		}
		around, _ := a.Prefix(rapid.IntRange(least, most).Draw(t, "bits"))
		inside := kept(netip.PrefixFrom(a, a.BitLen()))
		if !slices.ContainsFunc(asked(around), func(p place) bool { return slices.Contains(inside, p) }) {
			t.Errorf("%s is not found in %s: %v, %v", a, around, asked(around), inside)
		}
		low, high := span(around)
		if at := address(a).low(); at < low || at > high {
			t.Errorf("%s is not between %s and %s", at, low, high)
		}
		other := around.Masked().Addr().Prev()
		if other.IsValid() {
			if at := address(other).low(); at >= low && at <= high && other.Unmap() == other {
				t.Errorf("%s is in %s", other, around)
			}
		}
	})
}
