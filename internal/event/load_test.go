package event_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/firehall/firehall/internal/event"
)

func TestExtendMakesNullRows(t *testing.T) {
	b := event.NewBatch([32]byte{1})
	b.Begin([]byte("a"))
	b.Column("source.port").Int(7)
	b.End()
	key := event.DedupeKey{5}
	if first := b.Extend(2, []event.DedupeKey{key, key}); first != 1 || b.Rows() != 3 {
		t.Fatalf("first %d, rows %d", first, b.Rows())
	}
	if first := b.Extend(1, nil); first != 3 || b.Keys()[2] != key || b.Keys()[3] != (event.DedupeKey{}) {
		t.Errorf("first %d, keys %v", first, b.Keys())
	}
	c := b.Find("source.port")
	for i, null := range []bool{false, true, true, true} {
		if c.IsNull(i) != null {
			t.Errorf("row %d", i)
		}
	}
	b.Begin([]byte("b"))
	b.Column("source.port").Int(9)
	b.End()
	if b.Find("source.port").Int64(4) != 9 {
		t.Error("a row after the extension has another value")
	}
}

func TestLoadFillsFromARow(t *testing.T) {
	b := event.NewBatch([32]byte{})
	b.Extend(1, nil)
	first := b.Extend(2, nil)
	hi, lo := event.Words(netip.MustParseAddr("192.0.2.1"))
	b.Column("source.ip").LoadHiLo(first, []uint64{hi, 0}, []uint64{lo, 0})
	b.Column("source.port").LoadInts(first, []int64{event.Null, 80})
	b.Column("malware.name").LoadTexts(first, []uint32{1, 0}, 1, func(uint32) []byte { return []byte("mirai") }, true)
	got := []string{}
	for i := range b.Rows() {
		got = append(got, fmt.Sprintf("%s %v %s", b.Find("source.ip").AddrAt(i), b.Find("source.port").IsNull(i), b.Find("malware.name").Bytes(i)))
	}
	if want := []string{"invalid IP true ", "192.0.2.1 true mirai", "invalid IP false "}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestLoadTextsSharesEntriesAcrossLoads(t *testing.T) {
	b := event.NewBatch([32]byte{})
	c := b.Column("malware.name")
	entries := []string{"mirai", "qakbot"}
	for range 3 {
		first := b.Extend(4, nil)
		c.LoadTexts(first, []uint32{2, 0, 1, 2}, 2, func(i uint32) []byte { return []byte(entries[i]) }, true)
	}
	if c.Entries() != 2 || c.Distinct() || string(c.Bytes(8)) != "qakbot" || !c.IsNull(9) || string(c.Bytes(10)) != "mirai" {
		t.Errorf("%d entries, %q %q", c.Entries(), c.Bytes(8), c.Bytes(10))
	}
}
