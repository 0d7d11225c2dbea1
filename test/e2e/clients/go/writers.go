package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	applycore "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/util/retry"
)

const writersNamespace = "written"

// patience outlasts the other workers.
var patience = wait.Backoff{Steps: 50, Duration: 10 * time.Millisecond, Factor: 1.1, Jitter: 0.5}

var configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}

// runWriters tries the other clients of client-go. Argument: the media type.
func runWriters(ctx context.Context, args []string) error {
	config, watch, err := connect(args[0])
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	if err := ensureNamespace(ctx, client, writersNamespace); err != nil {
		return err
	}
	for _, check := range []func(context.Context, *rest.Config, kubernetes.Interface) error{
		retryOnConflict, electLeader, applyTyped, useDynamic, useMetadata, discover,
	} {
		if err := check(ctx, config, client); err != nil {
			return err
		}
	}
	return watch.verdict()
}

func retryOnConflict(ctx context.Context, _ *rest.Config, client kubernetes.Interface) error {
	maps := client.CoreV1().ConfigMaps(writersNamespace)
	made, err := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "counted"}, Data: map[string]string{}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	stale := made.DeepCopy()
	var group sync.WaitGroup
	failures := make(chan error, 5)
	for worker := range 5 {
		group.Go(func() {
			failures <- retry.RetryOnConflict(patience, func() error {
				current, err := maps.Get(ctx, "counted", metav1.GetOptions{})
				if err != nil {
					return err
				}
				if current.Data == nil {
					current.Data = map[string]string{}
				}
				current.Data[fmt.Sprint("worker-", worker)] = "was here"
				_, err = maps.Update(ctx, current, metav1.UpdateOptions{})
				return err
			})
		})
	}
	group.Wait()
	close(failures)
	for err := range failures {
		if err != nil {
			return err
		}
	}
	result, err := maps.Get(ctx, "counted", metav1.GetOptions{})
	if err != nil || len(result.Data) != 5 {
		return fmt.Errorf("five workers left %v (%v)", result.Data, err)
	}
	if _, err := maps.Update(ctx, stale, metav1.UpdateOptions{}); !apierrors.IsConflict(err) {
		return fmt.Errorf("an update of an old version: %v", err)
	}
	held("retry on conflict", "%d", len(result.Data))
	return nil
}

// electLeader has two candidates: one leads, and when it goes, the other does.
func electLeader(ctx context.Context, config *rest.Config, _ kubernetes.Interface) error {
	leads := make(chan string, 2)
	candidate := func(ctx context.Context, identity string) error {
		lock, err := resourcelock.NewFromKubeconfig(resourcelock.LeasesResourceLock, writersNamespace, "leader", resourcelock.ResourceLockConfig{Identity: identity}, config, 2*time.Second)
		if err != nil {
			return err
		}
		elector, err := leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
			Lock: lock, ReleaseOnCancel: true, LeaseDuration: 3 * time.Second, RenewDeadline: 2 * time.Second, RetryPeriod: 200 * time.Millisecond,
			Callbacks: leaderelection.LeaderCallbacks{OnStartedLeading: func(context.Context) { leads <- identity }, OnStoppedLeading: func() {}},
		})
		if err != nil {
			return err
		}
		go elector.Run(ctx)
		return nil
	}
	next := func() (string, error) {
		select {
		case leader := <-leads:
			return leader, nil
		case <-time.After(20 * time.Second):
			return "", errors.New("nobody leads")
		}
	}
	first, leave := context.WithCancel(ctx)
	if err := candidate(first, "first"); err != nil {
		leave()
		return err
	}
	leader, err := next()
	second, stop := context.WithCancel(ctx)
	defer stop()
	if err == nil {
		err = candidate(second, "second")
	}
	leave()
	if err != nil || leader != "first" {
		return fmt.Errorf("%s leads: %v", leader, err)
	}
	if leader, err = next(); err != nil || leader != "second" {
		return fmt.Errorf("%s leads: %v", leader, err)
	}
	held("leader election", "two leaders, one after the other")
	return nil
}

func applyTyped(ctx context.Context, _ *rest.Config, client kubernetes.Interface) error {
	maps := client.CoreV1().ConfigMaps(writersNamespace)
	wanted := func(value string) *applycore.ConfigMapApplyConfiguration {
		return applycore.ConfigMap("applied", writersNamespace).WithLabels(map[string]string{"a": "b"}).WithData(map[string]string{"key": value})
	}
	if _, err := maps.Apply(ctx, wanted("one"), metav1.ApplyOptions{FieldManager: "first"}); err != nil {
		return err
	}
	if _, err := maps.Apply(ctx, wanted("two"), metav1.ApplyOptions{FieldManager: "second"}); !apierrors.IsConflict(err) {
		return fmt.Errorf("a second manager: %v", err)
	}
	applied, err := maps.Apply(ctx, wanted("two"), metav1.ApplyOptions{FieldManager: "second", Force: true})
	if err != nil {
		return err
	}
	// What a manager owns, it can read back and leave out.
	owned, err := applycore.ExtractConfigMap(applied, "second")
	if err != nil || owned.Data["key"] != "two" || owned.Labels["a"] != "b" {
		return fmt.Errorf("extracted %+v (%v)", owned, err)
	}
	applied, err = maps.Apply(ctx, applycore.ConfigMap("applied", writersNamespace), metav1.ApplyOptions{FieldManager: "second"})
	if err != nil || applied.Data["key"] != "" || applied.Labels["a"] != "b" {
		return fmt.Errorf("after the second has let go: %v %v (%v)", applied.Data, applied.Labels, err)
	}
	held("server-side apply", "%d managers", len(applied.ManagedFields))
	return nil
}

func useDynamic(ctx context.Context, config *rest.Config, _ kubernetes.Interface) error {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	maps := client.Resource(configMaps).Namespace(writersNamespace)
	watch, err := maps.Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=dynamic"})
	if err != nil {
		return err
	}
	defer watch.Stop()
	object := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "dynamic"}}}
	if _, err := maps.Create(ctx, object, metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := maps.Delete(ctx, "dynamic", metav1.DeleteOptions{}); err != nil {
		return err
	}
	for _, expected := range []string{"ADDED", "DELETED"} {
		event := <-watch.ResultChan()
		if string(event.Type) != expected || event.Object.(*unstructured.Unstructured).GetNamespace() != writersNamespace {
			return fmt.Errorf("%s instead of %s: %v", event.Type, expected, event.Object)
		}
	}
	pages, token := 0, ""
	for {
		list, err := client.Resource(configMaps).List(ctx, metav1.ListOptions{Limit: 2, Continue: token})
		if err != nil {
			return err
		}
		pages++
		if token = list.GetContinue(); token == "" {
			break
		}
	}
	held("dynamic client", "%d pages", pages)
	return nil
}

func useMetadata(ctx context.Context, config *rest.Config, _ kubernetes.Interface) error {
	client, err := metadata.NewForConfig(config)
	if err != nil {
		return err
	}
	list, err := client.Resource(configMaps).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, item := range list.Items {
		if item.Kind != "PartialObjectMetadata" && item.Kind != "" {
			return fmt.Errorf("%s in a list of metadata", item.Kind)
		}
		if item.Name == "counted" && item.Namespace == writersNamespace {
			held("metadata client", "%d objects", len(list.Items))
			return nil
		}
	}
	return fmt.Errorf("the list of metadata lacks an object: %d", len(list.Items))
}

func discover(_ context.Context, _ *rest.Config, client kubernetes.Interface) error {
	groups, resources, err := client.Discovery().ServerGroupsAndResources()
	if err != nil {
		return err
	}
	version, err := client.Discovery().ServerVersion()
	if err != nil {
		return err
	}
	if len(groups) < 10 || len(resources) < 10 || version.Minor == "" {
		return fmt.Errorf("%d groups, %d lists of resources, version %s", len(groups), len(resources), version)
	}
	if _, err := client.Discovery().OpenAPISchema(); err != nil {
		return err
	}
	paths, err := client.Discovery().OpenAPIV3().Paths()
	if err != nil {
		return err
	}
	if _, err := paths["api/v1"].Schema("application/json"); err != nil {
		return err
	}
	held("discovery", "%d groups, version %s", len(groups), version)
	return nil
}
