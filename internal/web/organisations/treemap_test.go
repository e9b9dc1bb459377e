package organisations

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/desk"
)

func networkOf(value string, findings int64) desk.NetworkView {
	n := desk.NetworkView{Findings: findings, InForce: true}
	n.Rule, n.Value, n.ApprovedAt = constituency.ByPrefix, value, time.Unix(1, 0)
	return n
}

// TestMapFillsItsRoom lays prefixes of all sizes out: together they fill the map, none overlaps another, and larger prefixes are larger.
func TestMapFillsItsRoom(t *testing.T) {
	var list []desk.NetworkView
	for i := range 40 {
		list = append(list, networkOf(fmt.Sprintf("10.%d.0.0/%d", i, 16+i%17), int64(i%7)))
	}
	list = append(list, networkOf("2001:db8::/32", 3), networkOf("2001:db8:5::/64", 0))
	m := mapOf(list)
	area := 0.0
	for i, a := range m.Blocks {
		area += a.W * a.H
		for _, b := range m.Blocks[i+1:] {
			if a.X < b.X+b.W-1e-6 && b.X < a.X+a.W-1e-6 && a.Y < b.Y+b.H-1e-6 && b.Y < a.Y+a.H-1e-6 {
				t.Fatalf("%s and %s overlap", a.Value, b.Value)
			}
		}
	}
	if len(m.Blocks) != 42 || math.Abs(area-mapWidth*mapHeight) > 1 {
		t.Errorf("%d blocks fill %f", len(m.Blocks), area)
	}
	if first, last := m.Blocks[0], m.Blocks[len(m.Blocks)-1]; first.W*first.H <= last.W*last.H {
		t.Errorf("%s is not larger than %s", first.Value, last.Value)
	}
}

func TestMapIsBounded(t *testing.T) {
	var list []desk.NetworkView
	for i := range 1000 {
		list = append(list, networkOf(fmt.Sprintf("10.%d.%d.0/24", i/256, i%256), int64(i)))
	}
	list = append(list, desk.NetworkView{})
	m := mapOf(list)
	if len(m.Blocks) != mostShown || m.Rest != 1000-mostShown {
		t.Errorf("%d blocks, %d rest", len(m.Blocks), m.Rest)
	}
	if len(mapOf(nil).Blocks) != 0 {
		t.Error("a map of nothing has blocks")
	}
}

func TestBlockSays(t *testing.T) {
	tests := []struct {
		block      Block
		says, kind string
	}{
		{Block{Value: "192.0.2.0/24", W: 300, H: 40}, "192.0.2.0/24", "none"},
		{Block{Value: "192.0.2.0/24", Findings: 3, W: 300, H: 40}, "192.0.2.0/24 · 3", "few"},
		{Block{Value: "192.0.2.0/24", Findings: 10, W: 30, H: 40}, "", "some"},
		{Block{Value: strings.Repeat("a", 50), Findings: 100, W: 300, H: 10}, "", "many"},
	}
	for _, tt := range tests {
		if got, kind := tt.block.says(), tt.block.class(); got != tt.says || kind != tt.kind {
			t.Errorf("%+v says %q, %s", tt.block, got, kind)
		}
	}
}
