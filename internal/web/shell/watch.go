package shell

import (
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/web/ui"
)

// watchPause is how often work is looked at for who watches it.
const watchPause = 500 * time.Millisecond

// Watch sends how far some work is, as the event "progress", until that says that it needs no watching any more (it has no Stream), or the reader leaves. look
// is asked again and again; an error of its first answer is that of the request.
func (s *Shell) Watch(w http.ResponseWriter, r *Request, look func() (ui.ProgressProps, error)) error {
	part, err := look()
	if err != nil {
		return err
	}
	return s.Stream(w, r, func(send func(string, templ.Component) error) error {
		for {
			if err := send("progress", ui.Progress(part)); err != nil || part.Stream == "" {
				return err
			}
			select {
			case <-r.Context().Done():
				return nil
			case <-time.After(watchPause):
			}
			if part, err = look(); err != nil {
				return err
			}
		}
	})
}
