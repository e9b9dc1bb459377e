package browser

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"

	"github.com/chromedp/chromedp"
)

// Pictures of the guide: their width, and how many bytes one may have.
const (
	pictureWidth = 1200
	heaviest     = 150_000
)

// Picturing tells whether pictures are written: with -update.
func Picturing() bool { return *update }

// Picture writes what the window shows, from the top and so high, to docs/pictures/NAME.png; without -update nothing.
func (b *Browser) Picture(name string, height int64) {
	b.t.Helper()
	if !*update {
		return
	}
	b.Do(chromedp.EmulateViewport(pictureWidth, height))
	b.Until(Settled)
	shot := Ask(b, chromedp.CaptureScreenshot())
	b.Do(chromedp.EmulateViewport(int64(b.size), b.size.height()))
	picture, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		b.t.Fatal(err)
	}
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, flat(picture)); err != nil {
		b.t.Fatal(err)
	}
	if out.Len() > heaviest {
		b.t.Errorf("the picture %s has %d bytes: make it lower", name, out.Len())
	}
	path := filepath.Join("..", "..", "docs", "pictures", name+".png") // tests run in their package's folder
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// flat is a picture with the colours that it has most of: pages have few, and blends at the edges of letters.
func flat(in image.Image) *image.Paletted {
	const colours = 256
	area := in.Bounds()
	counts := map[color.RGBA]int{}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			counts[coarse(in.At(x, y))]++
		}
	}
	list := make([]color.RGBA, 0, len(counts))
	for c := range counts {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	palette := color.Palette{}
	for _, c := range list[:min(len(list), colours)] {
		palette = append(palette, c)
	}
	return paint(in, palette)
}

func paint(in image.Image, palette color.Palette) *image.Paletted {
	area := in.Bounds()
	out := image.NewPaletted(area, palette)
	known := map[color.RGBA]uint8{}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			c := coarse(in.At(x, y))
			i, ok := known[c]
			if !ok {
				i = uint8(palette.Index(c))
				known[c] = i
			}
			out.SetColorIndex(x, y, i)
		}
	}
	return out
}

// coarse takes the last bits of a colour away, which nobody sees.
func coarse(c color.Color) color.RGBA {
	r, g, b, _ := c.RGBA()
	half := func(v uint32) uint8 { return uint8(min(v>>8+2, 255)) &^ 3 }
	return color.RGBA{half(r), half(g), half(b), 255}
}
