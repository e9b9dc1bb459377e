package shell

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
)

// beat is how often an event stream says that it lives, so that proxies keep it and we notice a reader who left.
const beat = 20 * time.Second

// Stream answers with server-sent events until f returns, the reader leaves, or the reader's session ends (then r.Context() ends and send
// fails). Each event is a part of the page. send may be called by several goroutines.
func (s *Shell) Stream(w http.ResponseWriter, r *Request, f func(send func(event string, c templ.Component) error) error) error {
	ctx, leave, err := s.o.Sessions.Follow(r.Request)
	if err != nil {
		return err
	}
	defer leave()
	if r.leave != nil {
		r.leave() // streams are counted by sessions
	}
	r.Request = r.WithContext(ctx)
	out := &stream{w: w, control: http.NewResponseController(w), r: r}
	if err := out.begin(); err != nil {
		return err
	}
	stop := make(chan struct{})
	go out.beats(stop)
	defer out.end(stop)
	if err := f(out.send); err != nil && r.Context().Err() == nil {
		s.o.Log.ErrorContext(r.Context(), "an event stream failed", "request", r.ID, "path", r.URL.Path, "error", err)
	}
	return nil // the answer has begun: no error page can follow
}

type stream struct {
	sync.Mutex
	w       http.ResponseWriter
	control *http.ResponseController
	r       *Request
	ended   bool
}

func (o *stream) begin() error {
	h := o.w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no") // nginx would wait for more
	_ = o.control.SetWriteDeadline(time.Time{})
	return o.write("retry: 3000\n\n")
}

func (o *stream) send(event string, c templ.Component) error {
	var b bytes.Buffer
	if err := c.Render(o.r.Context(), &b); err != nil {
		return err
	}
	text := strings.NewReplacer("\r\n", "\ndata: ", "\n", "\ndata: ", "\r", "\ndata: ").Replace(b.String())
	return o.write("event: " + event + "\ndata: " + text + "\n\n")
}

func (o *stream) write(text string) error {
	o.Lock()
	defer o.Unlock()
	if err := o.r.Context().Err(); err != nil || o.ended {
		return err
	}
	if _, err := o.w.Write([]byte(text)); err != nil {
		return err
	}
	return o.control.Flush()
}

// end waits for a beat that is being written: afterwards the answer is not ours any more.
func (o *stream) end(stop chan<- struct{}) {
	close(stop)
	o.Lock()
	defer o.Unlock()
	o.ended = true
}

func (o *stream) beats(stop <-chan struct{}) {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-o.r.Context().Done():
			return
		case <-tick.C:
			_ = o.write(":\n\n")
		}
	}
}
