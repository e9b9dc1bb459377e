package audit_test

import (
	"fmt"
	"testing"
)

func TestAbout(t *testing.T) {
	each(t, func(f fixture) {
		f.record(5)
		objects := []string{"org-1", "org-3", "nothing"}
		for i := range 1200 { // more than one statement asks about
			objects = append(objects, fmt.Sprintf("net-%d", i))
		}
		objects = append(objects, "org-4")
		lines, err := f.About(ctx, objects, 10)
		f.must(err)
		if len(lines) != 3 || lines[0].Object != "org-4" || lines[2].Object != "org-1" || lines[0].Reason != "merged" {
			t.Errorf("got %+v", lines)
		}
		lines, err = f.About(ctx, objects, 1)
		f.must(err)
		if len(lines) != 1 || lines[0].Object != "org-4" {
			t.Errorf("the newest alone: %+v", lines)
		}
		if lines, err = f.About(ctx, nil, 10); err != nil || len(lines) != 0 {
			t.Errorf("about nothing: %+v, %v", lines, err)
		}
	})
}
