package push

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/feed/intelmq"
	"github.com/firehall/firehall/internal/platform/unpack"
)

// body is a request's body: bounded, and given up when it comes too slowly. It remembers why it broke off.
type body struct {
	in     io.Reader
	ctl    *http.ResponseController
	window time.Duration
	rate   int64 // bytes a second at least

	waited time.Duration // for the sender, since the last look
	got    int64
	err    error
}

func (d *Door) open(w http.ResponseWriter, r *http.Request) *body {
	b := &body{
		in: http.MaxBytesReader(w, r.Body, int64(d.Config.MaxSize)), ctl: http.NewResponseController(w),
		window: d.Window, rate: int64(d.Config.MinRate),
	}
	_ = b.ctl.SetWriteDeadline(time.Time{}) // the server's own would end a long push; a recorder in tests has none
	return b
}

// Read implements io.Reader. Only the time in which the sender is waited for counts, not that of our disk.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	begun := time.Now()
	_ = b.ctl.SetReadDeadline(begun.Add(b.window))
	n, err := b.in.Read(p)
	b.waited += time.Since(begun)
	b.got += int64(n)
	switch {
	case errors.Is(err, io.EOF):
		_ = b.ctl.SetReadDeadline(time.Time{}) // or keeping a large input would end with it
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = errSlow
	case err == nil && b.waited >= b.window:
		if float64(b.got) < float64(b.rate)*b.waited.Seconds() {
			err = errSlow
		}
		b.waited, b.got = 0, 0
	}
	b.err = err
	return n, err
}

// broken tells why the body did not come whole; nil if it is not to blame.
func (b *body) broken() error {
	if b == nil || b.err == nil || errors.Is(b.err, io.EOF) {
		return nil
	}
	return b.err
}

// encodings are the packings that Content-Encoding may name: those that are kept as they come.
var encodings = map[string]unpack.Kind{"gzip": unpack.Gzip, "x-gzip": unpack.Gzip, "zstd": unpack.Zstd}

// encoded refuses packings that we cannot read.
func (d *Door) encoded(r *http.Request) error {
	coding := strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding")))
	_, known := encodings[coding]
	if coding == "" || coding == "identity" || known {
		return nil
	}
	return &fault{
		Status: http.StatusUnsupportedMediaType, Detail: fmt.Sprintf("Content-Encoding %q is not read: send gzip, zstd, or none", coding),
		accept: "gzip, zstd",
	}
}

// lines puts events in IntelMQ's fields one on a line, however they were sent. Inputs of other formats stay as they are.
func (d *Door) lines(feed string, in io.Reader) (io.Reader, error) {
	fm, _, err := d.Feeds.Format(feed)
	if err != nil || fm.Name() != "intelmq" {
		return in, err
	}
	b := bufio.NewReaderSize(in, 256<<10)
	head, _ := b.Peek(unpack.HeadSize) // an error shows again when it is read
	kind, err := unpack.Detect(head)
	if err != nil || kind == unpack.Plain {
		return intelmq.Lines(b), err
	}
	if !slices.Contains([]unpack.Kind{unpack.Gzip, unpack.Zstd}, kind) {
		return b, nil
	}
	limits := unpack.Limits{Bytes: int64(d.Feeds.Config.MaxDecompressed), Ratio: int64(d.Feeds.Config.MaxRatio)}
	out, err := unpack.Stream(b, kind, limits)
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "not a byte of the input can be unpacked")
	}
	return intelmq.Lines(out), nil
}
