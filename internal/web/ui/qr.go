package ui

import (
	"context"
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/a-h/templ"
	"rsc.io/qr"
)

// QR is a text as a picture that telephones read, with words for who cannot see it. A text that is too long for one shows nothing.
func QR(content, words string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		code, err := qr.Encode(content, qr.M)
		if err != nil {
			return nil
		}
		_, err = io.WriteString(w, qrPicture(code, words))
		return err
	})
}

// quiet is the margin that readers need, in modules (ISO/IEC 18004 §5.3.8).
const quiet = 4

// qrPicture draws each row's black runs. It is black on white in every theme: readers need that.
func qrPicture(code *qr.Code, words string) string {
	var path strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for x < code.Size && code.Black(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+quiet, y+quiet, x-from, x-from)
			}
		}
	}
	size := code.Size + 2*quiet
	return fmt.Sprintf(`<svg class="qr" viewBox="0 0 %d %d" role="img" aria-label="%s" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="%s"/></svg>`,
		size, size, html.EscapeString(words), size, size, path.String())
}
