package message

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSplitKeepsAll(t *testing.T) {
	tests := []struct {
		name   string
		letter Letter
		size   int64
		atMost int
	}{
		{"small", letter(telnet()), 4 << 20, 1},
		{"between rows", letter(infections(3000), telnet(), phish()), 256 << 10, 30},
		{"nothing", letter(), 4 << 20, 1},
		{"each row too large", letter(infections(5)), 1, 5},
		{"many sections", letter(manySections(800)...), 4 << 20, 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := renderer(t, Options{PartSize: tt.size})
			parts := r.Split(tt.letter)
			if len(parts) == 0 || len(parts) > tt.atMost {
				t.Fatalf("%d parts", len(parts))
			}
			var rows []string
			whole := totals(tt.letter)
			for i, p := range parts {
				if p.Part != i+1 || p.Parts != len(parts) || p.Findings != whole.Findings || p.Events != whole.Events {
					t.Errorf("part %d says %d of %d, %d findings", i, p.Part, p.Parts, p.Findings)
				}
				rows = append(rows, ids(p)...)
				if n := travels(rendered(t, r, p)); n > tt.size && tt.size > 1 {
					t.Errorf("part %d has %d bytes", i, n)
				}
			}
			if strings.Join(rows, " ") != strings.Join(ids(tt.letter), " ") {
				t.Error("the parts together do not hold the rows of the letter, in order, once")
			}
		})
	}
}

func manySections(n int) []Section {
	out := make([]Section, n)
	for i := range out {
		out[i] = infections(2)
		out[i].Malware = strings.Repeat("m", i%50+1)
	}
	return out
}

func ids(l Letter) []string {
	var out []string
	for _, s := range l.Sections {
		for _, w := range s.Rows {
			out = append(out, w.Finding)
		}
	}
	return out
}

// TestAnySplitKeepsAll cuts letters of any make: small rows, large ones, sections without rows, parts too small for anything.
func TestAnySplitKeepsAll(t *testing.T) {
	sizes := map[int64]*Renderer{}
	for _, size := range []int64{64 << 10, 80 << 10, 200 << 10} {
		sizes[size] = renderer(t, Options{PartSize: size})
	}
	noise := hostileRows(400, 300)
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int64{64 << 10, 80 << 10, 200 << 10}).Draw(t, "size")
		var sections []Section
		for i := range rapid.IntRange(0, 5).Draw(t, "sections") {
			s := infections(rapid.IntRange(0, 200).Draw(t, fmt.Sprint("rows", i)))
			if rapid.Bool().Draw(t, fmt.Sprint("noise", i)) {
				s.Rows = append(s.Rows, noise.Rows[:rapid.IntRange(0, 400).Draw(t, fmt.Sprint("noisy", i))]...)
			}
			sections = append(sections, s)
		}
		l := letter(sections...)
		var got []string
		for _, p := range sizes[size].Split(l) {
			out, err := sizes[size].Render(context.Background(), p)
			if n := travels(out); err != nil || n > size {
				t.Fatalf("a part has %d bytes, %v", n, err)
			}
			got = append(got, ids(p)...)
		}
		if strings.Join(got, " ") != strings.Join(ids(l), " ") {
			t.Fatal("the parts together do not hold the rows of the letter, in order, once")
		}
	})
}

// travels is how large the message is when it is sent, or its payload if that is larger.
func travels(r Rendered) int64 {
	n := len(r.Text) + 2048
	for _, a := range r.Attachments {
		n += base64.StdEncoding.EncodedLen(len(a.Data)) * 78 / 76
	}
	return int64(max(n, len(r.Payload)))
}

func BenchmarkRender(b *testing.B) {
	r := renderer(b, Options{})
	l := letter(infections(5), five(telnet()), five(phish()))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := r.Render(b.Context(), l); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "letters/s")
}

func five(s Section) Section {
	for len(s.Rows) < 5 {
		w := s.Rows[0]
		w.Finding += strings.Repeat("x", len(s.Rows))
		s.Rows = append(s.Rows, w)
	}
	return s
}
