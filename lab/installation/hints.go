package installation

// hints prints what to type next.
func (l *lab) hints() {
	p := l.progress
	p.Note("")
	p.Note("  source .lab/env")
	if l.product() && l.Guests == "qemu" {
		p.Note("  docker run --rm busybox echo hi                     # a container: a VM boots")
		p.Note("  kubectl get vic -A                                  # the sample container host")
		p.Note("  kubectl apply -f lab/sample/hello.yaml              # one that is declared")
		p.Note("  kubectl -n team-a get cvm -w                        # … runs, and ends with 7")
	} else if l.product() {
		p.Note("  kubectl get vic -A                                  # the sample container host")
	} else if l.wants(ControlPlane) {
		p.Note("  kubectl get crds")
	}
	if l.wants(VCenter) {
		p.Note("  npm run lab -- tree                                 # the vCenter's inventory")
	}
	if l.wants(Registry) {
		p.Note("  curl http://$LAB_REGISTRY/v2/_catalog")
	}
	p.Note("  npm run lab -- status                               # what runs")
	p.Note("  npm run lab -- down                                 # ends it")
	p.Note("")
}
