package delivery

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/firehall/firehall/internal/release"
)

// Handled writes under a message what its sources let be done with it, so that whoever gets it can keep to that: below the text, and into a payload. It says the
// words of the frameworks and nothing else, so a copy that was looked through stays one.
func Handled(h release.Handling, d Draft) Draft {
	if lines := h.Lines(d.Label); len(lines) > 0 && d.Text != "" {
		d.Text = strings.TrimRight(d.Text, "\n") + "\n\n" + strings.Join(lines, "\n") + "\n"
	}
	fields := h.Fields()
	body := bytes.TrimSpace(d.Payload)
	if len(fields) == 0 || !bytes.HasPrefix(body, []byte("{")) || !bytes.HasSuffix(body, []byte("}")) {
		return d
	}
	more, err := json.Marshal(fields)
	if err != nil { // texts and lists of texts
		return d
	}
	inside := bytes.TrimSpace(body[1 : len(body)-1])
	if len(inside) > 0 {
		inside = append(bytes.Clone(inside), ',')
	}
	d.Payload = append(append([]byte{'{'}, inside...), more[1:]...)
	return d
}
