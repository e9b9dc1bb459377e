package organisations

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/desk"
)

// Map is a picture of an organisation's prefixes: a block for each, larger for a larger prefix, darker for more findings.
type Map struct {
	Width, Height int
	Blocks        []Block
	Rest          int // prefixes that are not shown
}

// Block is one prefix on the map.
type Block struct {
	Value      string
	Findings   int64
	X, Y, W, H float64
}

// The size of the map, and how many blocks are told apart.
const (
	mapWidth  = 960
	mapHeight = 240
	mostShown = 250
)

// mapOf draws the prefixes of networks in force. Those with findings are shown first, then the largest.
func mapOf(networks []desk.NetworkView) Map {
	m := Map{Width: mapWidth, Height: mapHeight}
	var list []desk.NetworkView
	for _, n := range networks {
		if n.InForce && n.Rule == constituency.ByPrefix {
			list = append(list, n)
		}
	}
	weight := func(n desk.NetworkView) float64 { return weightOf(n) }
	slices.SortFunc(list, func(a, b desk.NetworkView) int {
		return cmp.Or(cmp.Compare(b.Findings, a.Findings), cmp.Compare(weight(b), weight(a)), cmp.Compare(a.Value, b.Value))
	})
	if len(list) > mostShown {
		m.Rest = len(list) - mostShown
		list = list[:mostShown]
	}
	slices.SortStableFunc(list, func(a, b desk.NetworkView) int { return cmp.Compare(weight(b), weight(a)) })
	for _, n := range list {
		m.Blocks = append(m.Blocks, Block{Value: n.Value, Findings: n.Findings, W: weight(n)})
	}
	lay(m.Blocks, 0, 0, mapWidth, mapHeight)
	return m
}

// weightOf is how much room a prefix gets: its number of bits for hosts and subnets, not of addresses, or a /8 would leave nothing to a /24.
// Of IPv6 the 64 bits of the network count.
func weightOf(n desk.NetworkView) float64 {
	p := n.Prefix()
	bits := p.Addr().BitLen() - p.Bits()
	if p.Addr().Is6() {
		bits = max(0, 64-p.Bits()) / 2
	}
	return math.Pow(1.25, float64(bits))
}

// lay puts blocks, the largest first, into a rectangle: each step halves the weight, across the longer side. A block's W is its weight before,
// and its width after.
func lay(blocks []Block, x, y, w, h float64) {
	switch len(blocks) {
	case 0:
		return
	case 1:
		blocks[0].X, blocks[0].Y, blocks[0].W, blocks[0].H = x, y, w, h
		return
	}
	all, half, cut := 0.0, 0.0, 0
	for _, b := range blocks {
		all += b.W
	}
	for cut < len(blocks)-1 && (cut == 0 || half+blocks[cut].W <= all/2) {
		half += blocks[cut].W
		cut++
	}
	share := half / all
	if w >= h {
		lay(blocks[:cut], x, y, w*share, h)
		lay(blocks[cut:], x+w*share, y, w*(1-share), h)
		return
	}
	lay(blocks[:cut], x, y, w, h*share)
	lay(blocks[cut:], x, y+h*share, w, h*(1-share))
}

// class says how many findings a block has, for its colour. The words beside it say it too.
func (b Block) class() string {
	switch {
	case b.Findings == 0:
		return "none"
	case b.Findings < 5:
		return "few"
	case b.Findings < 25:
		return "some"
	}
	return "many"
}

// says is the text within a block, as much as there is room for.
func (b Block) says() string {
	const letter, line = 7.5, 18.0
	text := b.Value
	if b.Findings > 0 {
		text += " · " + strconv.FormatInt(b.Findings, 10)
	}
	if b.H < line || b.W < float64(len([]rune(text)))*letter {
		return ""
	}
	return text
}

func px(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }
