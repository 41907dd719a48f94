package vcenter

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"
)

// file sends one request to /folder and gives status and body.
func (s *site) file(r *running, method, path, body string, change func(*http.Request)) (int, string) {
	s.t.Helper()
	u := *r.url
	u.Path, u.User = "/folder/"+path, nil
	u.RawQuery = "dcPath=DC0&dsName=ssd-1"
	req := must(http.NewRequestWithContext(testContext(s.t), method, u.String(), strings.NewReader(body)))(s.t)
	req.SetBasicAuth(testUser, testPassword)
	if change != nil {
		change(req)
	}
	// A transport of its own: the SOAP client's jar would add the session.
	res, err := (&http.Client{Transport: s.c.Client.Client.Transport}).Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	b := must(io.ReadAll(res.Body))(s.t)
	return res.StatusCode, string(b)
}

func TestFilesOverHTTP(t *testing.T) {
	r := start(t)
	s := r.site()
	s.mkdir("[ssd-1] dir")
	vm := s.vm("vm", withDevices(pvscsi(), addFile(disk(-1, 0, "", 1024))))
	s.on(vm)
	noAuth := func(req *http.Request) { req.Header.Del("Authorization") }
	wrong := func(req *http.Request) { req.SetBasicAuth(testUser, "wrong") }
	cookie := func(req *http.Request) {
		noAuth(req)
		for _, c := range s.c.Client.Client.Jar.Cookies(r.url) {
			req.AddCookie(c)
		}
	}
	part := func(req *http.Request) { req.Header.Set("Range", "bytes=1-2") }
	for _, c := range []struct {
		method, path, body string
		change             func(*http.Request)
		status             int
		answer             string
	}{
		{"GET", "dir/a", "", noAuth, 401, ""},
		{"GET", "dir/a", "", wrong, 401, ""},
		{"GET", "dir/a", "", nil, 404, ""},
		{"PUT", "nowhere/a", "x", nil, 404, ""},
		{"PUT", "dir/a", "hello", nil, 201, ""},
		{"PUT", "dir/a", "hullo", cookie, 200, ""},
		{"GET", "dir/a", "", cookie, 200, "hullo"},
		{"GET", "dir/a", "", part, 206, "ul"},
		{"HEAD", "dir/a", "", nil, 200, ""},
		{"GET", "dir", "", nil, 200, `">a</a>`},
		{"POST", "dir/a", "x", nil, 405, ""},
		{"DELETE", "vm/vm.vmdk", "", nil, 403, ""},
		{"PUT", "vm/vm.vmdk", "x", nil, 403, ""},
		{"DELETE", "vm", "", nil, 403, ""},
		{"DELETE", "", "", nil, 403, ""},
		{"DELETE", "dir/a", "", nil, 204, ""},
		{"DELETE", "dir/a", "", nil, 404, ""},
	} {
		status, answer := s.file(r, c.method, c.path, c.body, c.change)
		if status != c.status || !strings.Contains(answer, c.answer) {
			t.Errorf("%s %s: %d %q, want %d %q", c.method, c.path, status, answer, c.status, c.answer)
		}
	}
}

func TestPathsThatLeadOutAreRefused(t *testing.T) {
	s := start(t).site()
	files := object.NewFileManager(s.c.Client)
	for _, path := range []string{"[ssd-1] ../x", "[ssd-1] a/../../x", "[ssd-1] /etc", "ssd-1 x", "[] x", "", "[nowhere] x"} {
		err := files.MakeDirectory(testContext(t), path, s.dc, true)
		if !fault[types.InvalidDatastorePath](err) && !fault[types.InvalidDatastore](err) {
			t.Errorf("%q: %v", path, err)
		}
	}
}
