package app

import (
	"context"
	"io"

	"github.com/firehall/firehall/internal/platform/mime"
)

// mailHTML makes harmless HTML of a mail, decrypted by the team's keys where it is encrypted.
func (a *App) mailHTML(ctx context.Context, raw io.Reader) (string, error) {
	m, err := mime.Read(raw, mime.Limits{Size: int64(a.Config.Reports.MaxMail)})
	if err != nil {
		return "", err
	}
	opener, err := a.mailOpener()
	if err != nil {
		return "", err
	}
	err = opener.Open(ctx, m)
	return m.HTML, err
}
