package enrich

import (
	"encoding/binary"
	"maps"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// mmdbFile writes a small MaxMind DB (format 2.0, IPv6 tree, 24-bit records), after the format's public specification.
func mmdbFile(t testing.TB, built time.Time, networks map[string]map[string]any) []byte {
	t.Helper()
	tree := &mmdbTree{nodes: [][2]int{{}}}
	var data []byte
	for _, s := range slices.Sorted(maps.Keys(networks)) {
		tree.insert(netip.MustParsePrefix(s), len(data))
		data = appendMMDB(data, networks[s])
	}
	out := tree.encode()
	out = append(out, make([]byte, 16)...)
	out = append(out, data...)
	out = append(out, "\xab\xcd\xefMaxMind.com"...)
	return appendMMDB(out, map[string]any{
		"binary_format_major_version": uint16(2), "binary_format_minor_version": uint16(0), "build_epoch": uint64(built.Unix()),
		"database_type": "Test", "description": map[string]any{"en": "test"}, "ip_version": uint16(6), "languages": []any{},
		"node_count": uint32(len(tree.nodes)), "record_size": uint16(24),
	})
}

// mmdbTree has two branches a node: 0 is nothing, n > 0 is node n, -1-n is the data at n.
type mmdbTree struct{ nodes [][2]int }

func (m *mmdbTree) insert(p netip.Prefix, data int) {
	bits, raw := p.Bits(), p.Addr().As16()
	if p.Addr().Is4() { // IPv4 lies at ::/96
		bits += 96
		raw[10], raw[11] = 0, 0
	}
	node := 0
	for i := range bits {
		side := int(raw[i/8] >> (7 - i%8) & 1)
		if i == bits-1 {
			m.nodes[node][side] = -1 - data
			return
		}
		if m.nodes[node][side] <= 0 {
			m.nodes = append(m.nodes, [2]int{})
			m.nodes[node][side] = len(m.nodes) - 1
		}
		node = m.nodes[node][side]
	}
}

func (m *mmdbTree) encode() []byte {
	var out []byte
	for _, n := range m.nodes {
		for _, branch := range n {
			v := branch
			switch {
			case branch == 0:
				v = len(m.nodes)
			case branch < 0:
				v = len(m.nodes) + 16 + (-1 - branch)
			}
			out = append(out, byte(v>>16), byte(v>>8), byte(v))
		}
	}
	return out
}

// appendMMDB encodes a value of the data section; sizes stay below 285.
func appendMMDB(b []byte, v any) []byte {
	switch v := v.(type) {
	case map[string]any:
		b = appendControl(b, 7, len(v))
		for _, k := range slices.Sorted(maps.Keys(v)) {
			b = appendMMDB(appendMMDB(b, k), v[k])
		}
	case []any:
		b = appendControl(b, 11, len(v))
	case string:
		b = append(appendControl(b, 2, len(v)), v...)
	case uint16:
		b = binary.BigEndian.AppendUint16(appendControl(b, 5, 2), v)
	case uint32:
		b = binary.BigEndian.AppendUint32(appendControl(b, 6, 4), v)
	case uint64:
		b = binary.BigEndian.AppendUint64(appendControl(b, 9, 8), v)
	}
	return b
}

func appendControl(b []byte, kind, size int) []byte {
	first, more := size, []byte(nil)
	if size >= 29 {
		first, more = 29, []byte{byte(size - 29)}
	}
	if kind > 7 {
		b = append(b, byte(first), byte(kind-7))
	} else {
		b = append(b, byte(kind<<5|first))
	}
	return append(b, more...)
}
