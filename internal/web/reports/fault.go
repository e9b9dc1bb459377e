package reports

import (
	"context"

	"github.com/firehall/firehall/internal/web/words"
)

// faultText says in words what is wrong with a mail, and what to do about it. A code without words, as a later version may have kept, stands for itself.
func faultText(ctx context.Context, code string) string {
	if key := "reports.fault." + code; words.Has(key) {
		return T(ctx, key)
	}
	return code
}
