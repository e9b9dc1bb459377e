package reports

import (
	"io"
	"mime"
	"net/http"
	"strconv"

	"github.com/firehall/firehall/internal/incident/evidence"
)

// download gives a file out so that no browser opens it: as bytes to be stored, under its own name.
func download(w http.ResponseWriter, item evidence.Item, body io.Reader) error {
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.FormatInt(item.Size, 10))
	disposition := mime.FormatMediaType("attachment", map[string]string{"filename": item.Name})
	if disposition == "" {
		disposition = "attachment"
	}
	h.Set("Content-Disposition", disposition)
	_, _ = io.Copy(w, body) // the reader may have left
	return nil
}
