import * as $protobuf from "protobufjs";

export namespace containerd {

    namespace services {

        namespace containers {

            namespace v1 {

                interface IContainer extends containerd.services.containers.v1.Container.$Properties {
                }

                class Container {
                    constructor(properties?: containerd.services.containers.v1.Container.$Properties);
                    $unknowns?: Uint8Array[];
                    id: string;
                    labels: { [k: string]: string };
                    image: string;
                    spec?: (google.protobuf.Any.$Properties|null);
                    snapshotter: string;
                    snapshotKey: string;
                    createdAt?: (google.protobuf.Timestamp.$Properties|null);
                    updatedAt?: (google.protobuf.Timestamp.$Properties|null);
                    static create(properties: containerd.services.containers.v1.Container.$Shape): containerd.services.containers.v1.Container & containerd.services.containers.v1.Container.$Shape;
                    static create(properties?: containerd.services.containers.v1.Container.$Properties): containerd.services.containers.v1.Container;
                    static encode(message: containerd.services.containers.v1.Container.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.containers.v1.Container & containerd.services.containers.v1.Container.$Shape;
                }

                namespace Container {
                    interface $Properties {
                        id?: (string|null);
                        labels?: ({ [k: string]: string }|null);
                        image?: (string|null);
                        spec?: (google.protobuf.Any.$Properties|null);
                        snapshotter?: (string|null);
                        snapshotKey?: (string|null);
                        createdAt?: (google.protobuf.Timestamp.$Properties|null);
                        updatedAt?: (google.protobuf.Timestamp.$Properties|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.containers.v1.Container.$Properties;
                }

                interface IListContainersRequest extends containerd.services.containers.v1.ListContainersRequest.$Properties {
                }

                class ListContainersRequest {
                    constructor(properties?: containerd.services.containers.v1.ListContainersRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    static create(properties: containerd.services.containers.v1.ListContainersRequest.$Shape): containerd.services.containers.v1.ListContainersRequest & containerd.services.containers.v1.ListContainersRequest.$Shape;
                    static create(properties?: containerd.services.containers.v1.ListContainersRequest.$Properties): containerd.services.containers.v1.ListContainersRequest;
                    static encode(message: containerd.services.containers.v1.ListContainersRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.containers.v1.ListContainersRequest & containerd.services.containers.v1.ListContainersRequest.$Shape;
                }

                namespace ListContainersRequest {
                    interface $Properties {
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.containers.v1.ListContainersRequest.$Properties;
                }

                interface IListContainerMessage extends containerd.services.containers.v1.ListContainerMessage.$Properties {
                }

                class ListContainerMessage {
                    constructor(properties?: containerd.services.containers.v1.ListContainerMessage.$Properties);
                    $unknowns?: Uint8Array[];
                    container?: (containerd.services.containers.v1.Container.$Properties|null);
                    static create(properties: containerd.services.containers.v1.ListContainerMessage.$Shape): containerd.services.containers.v1.ListContainerMessage & containerd.services.containers.v1.ListContainerMessage.$Shape;
                    static create(properties?: containerd.services.containers.v1.ListContainerMessage.$Properties): containerd.services.containers.v1.ListContainerMessage;
                    static encode(message: containerd.services.containers.v1.ListContainerMessage.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.containers.v1.ListContainerMessage & containerd.services.containers.v1.ListContainerMessage.$Shape;
                }

                namespace ListContainerMessage {
                    interface $Properties {
                        container?: (containerd.services.containers.v1.Container.$Properties|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.containers.v1.ListContainerMessage.$Properties;
                }
            }
        }

        namespace content {

            namespace v1 {

                interface IInfo extends containerd.services.content.v1.Info.$Properties {
                }

                class Info {
                    constructor(properties?: containerd.services.content.v1.Info.$Properties);
                    $unknowns?: Uint8Array[];
                    digest: string;
                    size: number;
                    createdAt?: (google.protobuf.Timestamp.$Properties|null);
                    labels: { [k: string]: string };
                    static create(properties: containerd.services.content.v1.Info.$Shape): containerd.services.content.v1.Info & containerd.services.content.v1.Info.$Shape;
                    static create(properties?: containerd.services.content.v1.Info.$Properties): containerd.services.content.v1.Info;
                    static encode(message: containerd.services.content.v1.Info.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.content.v1.Info & containerd.services.content.v1.Info.$Shape;
                }

                namespace Info {
                    interface $Properties {
                        digest?: (string|null);
                        size?: (number|null);
                        createdAt?: (google.protobuf.Timestamp.$Properties|null);
                        labels?: ({ [k: string]: string }|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.content.v1.Info.$Properties;
                }

                interface IListContentRequest extends containerd.services.content.v1.ListContentRequest.$Properties {
                }

                class ListContentRequest {
                    constructor(properties?: containerd.services.content.v1.ListContentRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    static create(properties: containerd.services.content.v1.ListContentRequest.$Shape): containerd.services.content.v1.ListContentRequest & containerd.services.content.v1.ListContentRequest.$Shape;
                    static create(properties?: containerd.services.content.v1.ListContentRequest.$Properties): containerd.services.content.v1.ListContentRequest;
                    static encode(message: containerd.services.content.v1.ListContentRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.content.v1.ListContentRequest & containerd.services.content.v1.ListContentRequest.$Shape;
                }

                namespace ListContentRequest {
                    interface $Properties {
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.content.v1.ListContentRequest.$Properties;
                }

                interface IListContentResponse extends containerd.services.content.v1.ListContentResponse.$Properties {
                }

                class ListContentResponse {
                    constructor(properties?: containerd.services.content.v1.ListContentResponse.$Properties);
                    $unknowns?: Uint8Array[];
                    info: containerd.services.content.v1.Info.$Properties[];
                    static create(properties: containerd.services.content.v1.ListContentResponse.$Shape): containerd.services.content.v1.ListContentResponse & containerd.services.content.v1.ListContentResponse.$Shape;
                    static create(properties?: containerd.services.content.v1.ListContentResponse.$Properties): containerd.services.content.v1.ListContentResponse;
                    static encode(message: containerd.services.content.v1.ListContentResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.content.v1.ListContentResponse & containerd.services.content.v1.ListContentResponse.$Shape;
                }

                namespace ListContentResponse {
                    interface $Properties {
                        info?: (containerd.services.content.v1.Info.$Properties[]|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.content.v1.ListContentResponse.$Properties;
                }

                interface IStatus extends containerd.services.content.v1.Status.$Properties {
                }

                class Status {
                    constructor(properties?: containerd.services.content.v1.Status.$Properties);
                    $unknowns?: Uint8Array[];
                    updatedAt?: (google.protobuf.Timestamp.$Properties|null);
                    ref: string;
                    offset: number;
                    expected: string;
                    static create(properties: containerd.services.content.v1.Status.$Shape): containerd.services.content.v1.Status & containerd.services.content.v1.Status.$Shape;
                    static create(properties?: containerd.services.content.v1.Status.$Properties): containerd.services.content.v1.Status;
                    static encode(message: containerd.services.content.v1.Status.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.content.v1.Status & containerd.services.content.v1.Status.$Shape;
                }

                namespace Status {
                    interface $Properties {
                        updatedAt?: (google.protobuf.Timestamp.$Properties|null);
                        ref?: (string|null);
                        offset?: (number|null);
                        expected?: (string|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.content.v1.Status.$Properties;
                }

                interface IListStatusesRequest extends containerd.services.content.v1.ListStatusesRequest.$Properties {
                }

                class ListStatusesRequest {
                    constructor(properties?: containerd.services.content.v1.ListStatusesRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    static create(properties: containerd.services.content.v1.ListStatusesRequest.$Shape): containerd.services.content.v1.ListStatusesRequest & containerd.services.content.v1.ListStatusesRequest.$Shape;
                    static create(properties?: containerd.services.content.v1.ListStatusesRequest.$Properties): containerd.services.content.v1.ListStatusesRequest;
                    static encode(message: containerd.services.content.v1.ListStatusesRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.content.v1.ListStatusesRequest & containerd.services.content.v1.ListStatusesRequest.$Shape;
                }

                namespace ListStatusesRequest {
                    interface $Properties {
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.content.v1.ListStatusesRequest.$Properties;
                }

                interface IListStatusesResponse extends containerd.services.content.v1.ListStatusesResponse.$Properties {
                }

                class ListStatusesResponse {
                    constructor(properties?: containerd.services.content.v1.ListStatusesResponse.$Properties);
                    $unknowns?: Uint8Array[];
                    statuses: containerd.services.content.v1.Status.$Properties[];
                    static create(properties: containerd.services.content.v1.ListStatusesResponse.$Shape): containerd.services.content.v1.ListStatusesResponse & containerd.services.content.v1.ListStatusesResponse.$Shape;
                    static create(properties?: containerd.services.content.v1.ListStatusesResponse.$Properties): containerd.services.content.v1.ListStatusesResponse;
                    static encode(message: containerd.services.content.v1.ListStatusesResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.content.v1.ListStatusesResponse & containerd.services.content.v1.ListStatusesResponse.$Shape;
                }

                namespace ListStatusesResponse {
                    interface $Properties {
                        statuses?: (containerd.services.content.v1.Status.$Properties[]|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.content.v1.ListStatusesResponse.$Properties;
                }

                interface IInfoRequest extends containerd.services.content.v1.InfoRequest.$Properties {
                }

                class InfoRequest {
                    constructor(properties?: containerd.services.content.v1.InfoRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    digest: string;
                    static create(properties: containerd.services.content.v1.InfoRequest.$Shape): containerd.services.content.v1.InfoRequest & containerd.services.content.v1.InfoRequest.$Shape;
                    static create(properties?: containerd.services.content.v1.InfoRequest.$Properties): containerd.services.content.v1.InfoRequest;
                    static encode(message: containerd.services.content.v1.InfoRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.content.v1.InfoRequest & containerd.services.content.v1.InfoRequest.$Shape;
                }

                namespace InfoRequest {
                    interface $Properties {
                        digest?: (string|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.content.v1.InfoRequest.$Properties;
                }

                interface IInfoResponse extends containerd.services.content.v1.InfoResponse.$Properties {
                }

                class InfoResponse {
                    constructor(properties?: containerd.services.content.v1.InfoResponse.$Properties);
                    $unknowns?: Uint8Array[];
                    info?: (containerd.services.content.v1.Info.$Properties|null);
                    static create(properties: containerd.services.content.v1.InfoResponse.$Shape): containerd.services.content.v1.InfoResponse & containerd.services.content.v1.InfoResponse.$Shape;
                    static create(properties?: containerd.services.content.v1.InfoResponse.$Properties): containerd.services.content.v1.InfoResponse;
                    static encode(message: containerd.services.content.v1.InfoResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.content.v1.InfoResponse & containerd.services.content.v1.InfoResponse.$Shape;
                }

                namespace InfoResponse {
                    interface $Properties {
                        info?: (containerd.services.content.v1.Info.$Properties|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.content.v1.InfoResponse.$Properties;
                }

                interface IReadContentRequest extends containerd.services.content.v1.ReadContentRequest.$Properties {
                }

                class ReadContentRequest {
                    constructor(properties?: containerd.services.content.v1.ReadContentRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    digest: string;
                    offset: number;
                    size: number;
                    static create(properties: containerd.services.content.v1.ReadContentRequest.$Shape): containerd.services.content.v1.ReadContentRequest & containerd.services.content.v1.ReadContentRequest.$Shape;
                    static create(properties?: containerd.services.content.v1.ReadContentRequest.$Properties): containerd.services.content.v1.ReadContentRequest;
                    static encode(message: containerd.services.content.v1.ReadContentRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.content.v1.ReadContentRequest & containerd.services.content.v1.ReadContentRequest.$Shape;
                }

                namespace ReadContentRequest {
                    interface $Properties {
                        digest?: (string|null);
                        offset?: (number|null);
                        size?: (number|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.content.v1.ReadContentRequest.$Properties;
                }

                interface IReadContentResponse extends containerd.services.content.v1.ReadContentResponse.$Properties {
                }

                class ReadContentResponse {
                    constructor(properties?: containerd.services.content.v1.ReadContentResponse.$Properties);
                    $unknowns?: Uint8Array[];
                    offset: number;
                    data: Uint8Array;
                    static create(properties: containerd.services.content.v1.ReadContentResponse.$Shape): containerd.services.content.v1.ReadContentResponse & containerd.services.content.v1.ReadContentResponse.$Shape;
                    static create(properties?: containerd.services.content.v1.ReadContentResponse.$Properties): containerd.services.content.v1.ReadContentResponse;
                    static encode(message: containerd.services.content.v1.ReadContentResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.content.v1.ReadContentResponse & containerd.services.content.v1.ReadContentResponse.$Shape;
                }

                namespace ReadContentResponse {
                    interface $Properties {
                        offset?: (number|null);
                        data?: (Uint8Array|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.content.v1.ReadContentResponse.$Properties;
                }
            }
        }

        namespace events {

            namespace v1 {

                interface ISubscribeRequest extends containerd.services.events.v1.SubscribeRequest.$Properties {
                }

                class SubscribeRequest {
                    constructor(properties?: containerd.services.events.v1.SubscribeRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    filters: string[];
                    static create(properties: containerd.services.events.v1.SubscribeRequest.$Shape): containerd.services.events.v1.SubscribeRequest & containerd.services.events.v1.SubscribeRequest.$Shape;
                    static create(properties?: containerd.services.events.v1.SubscribeRequest.$Properties): containerd.services.events.v1.SubscribeRequest;
                    static encode(message: containerd.services.events.v1.SubscribeRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.events.v1.SubscribeRequest & containerd.services.events.v1.SubscribeRequest.$Shape;
                }

                namespace SubscribeRequest {
                    interface $Properties {
                        filters?: (string[]|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.events.v1.SubscribeRequest.$Properties;
                }

                interface IEnvelope extends containerd.services.events.v1.Envelope.$Properties {
                }

                class Envelope {
                    constructor(properties?: containerd.services.events.v1.Envelope.$Properties);
                    $unknowns?: Uint8Array[];
                    namespace: string;
                    topic: string;
                    event?: (google.protobuf.Any.$Properties|null);
                    static create(properties: containerd.services.events.v1.Envelope.$Shape): containerd.services.events.v1.Envelope & containerd.services.events.v1.Envelope.$Shape;
                    static create(properties?: containerd.services.events.v1.Envelope.$Properties): containerd.services.events.v1.Envelope;
                    static encode(message: containerd.services.events.v1.Envelope.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.events.v1.Envelope & containerd.services.events.v1.Envelope.$Shape;
                }

                namespace Envelope {
                    interface $Properties {
                        namespace?: (string|null);
                        topic?: (string|null);
                        event?: (google.protobuf.Any.$Properties|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.events.v1.Envelope.$Properties;
                }

                interface ISubject extends containerd.services.events.v1.Subject.$Properties {
                }

                class Subject {
                    constructor(properties?: containerd.services.events.v1.Subject.$Properties);
                    $unknowns?: Uint8Array[];
                    subject: string;
                    static create(properties: containerd.services.events.v1.Subject.$Shape): containerd.services.events.v1.Subject & containerd.services.events.v1.Subject.$Shape;
                    static create(properties?: containerd.services.events.v1.Subject.$Properties): containerd.services.events.v1.Subject;
                    static encode(message: containerd.services.events.v1.Subject.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.events.v1.Subject & containerd.services.events.v1.Subject.$Shape;
                }

                namespace Subject {
                    interface $Properties {
                        subject?: (string|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.events.v1.Subject.$Properties;
                }

                interface ITaskExit extends containerd.services.events.v1.TaskExit.$Properties {
                }

                class TaskExit {
                    constructor(properties?: containerd.services.events.v1.TaskExit.$Properties);
                    $unknowns?: Uint8Array[];
                    containerId: string;
                    id: string;
                    static create(properties: containerd.services.events.v1.TaskExit.$Shape): containerd.services.events.v1.TaskExit & containerd.services.events.v1.TaskExit.$Shape;
                    static create(properties?: containerd.services.events.v1.TaskExit.$Properties): containerd.services.events.v1.TaskExit;
                    static encode(message: containerd.services.events.v1.TaskExit.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.events.v1.TaskExit & containerd.services.events.v1.TaskExit.$Shape;
                }

                namespace TaskExit {
                    interface $Properties {
                        containerId?: (string|null);
                        id?: (string|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.events.v1.TaskExit.$Properties;
                }
            }
        }

        namespace images {

            namespace v1 {

                interface IImage extends containerd.services.images.v1.Image.$Properties {
                }

                class Image {
                    constructor(properties?: containerd.services.images.v1.Image.$Properties);
                    $unknowns?: Uint8Array[];
                    name: string;
                    labels: { [k: string]: string };
                    target?: (containerd.types.Descriptor.$Properties|null);
                    static create(properties: containerd.services.images.v1.Image.$Shape): containerd.services.images.v1.Image & containerd.services.images.v1.Image.$Shape;
                    static create(properties?: containerd.services.images.v1.Image.$Properties): containerd.services.images.v1.Image;
                    static encode(message: containerd.services.images.v1.Image.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.images.v1.Image & containerd.services.images.v1.Image.$Shape;
                }

                namespace Image {
                    interface $Properties {
                        name?: (string|null);
                        labels?: ({ [k: string]: string }|null);
                        target?: (containerd.types.Descriptor.$Properties|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.images.v1.Image.$Properties;
                }

                interface IGetImageRequest extends containerd.services.images.v1.GetImageRequest.$Properties {
                }

                class GetImageRequest {
                    constructor(properties?: containerd.services.images.v1.GetImageRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    name: string;
                    static create(properties: containerd.services.images.v1.GetImageRequest.$Shape): containerd.services.images.v1.GetImageRequest & containerd.services.images.v1.GetImageRequest.$Shape;
                    static create(properties?: containerd.services.images.v1.GetImageRequest.$Properties): containerd.services.images.v1.GetImageRequest;
                    static encode(message: containerd.services.images.v1.GetImageRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.images.v1.GetImageRequest & containerd.services.images.v1.GetImageRequest.$Shape;
                }

                namespace GetImageRequest {
                    interface $Properties {
                        name?: (string|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.images.v1.GetImageRequest.$Properties;
                }

                interface IGetImageResponse extends containerd.services.images.v1.GetImageResponse.$Properties {
                }

                class GetImageResponse {
                    constructor(properties?: containerd.services.images.v1.GetImageResponse.$Properties);
                    $unknowns?: Uint8Array[];
                    image?: (containerd.services.images.v1.Image.$Properties|null);
                    static create(properties: containerd.services.images.v1.GetImageResponse.$Shape): containerd.services.images.v1.GetImageResponse & containerd.services.images.v1.GetImageResponse.$Shape;
                    static create(properties?: containerd.services.images.v1.GetImageResponse.$Properties): containerd.services.images.v1.GetImageResponse;
                    static encode(message: containerd.services.images.v1.GetImageResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.images.v1.GetImageResponse & containerd.services.images.v1.GetImageResponse.$Shape;
                }

                namespace GetImageResponse {
                    interface $Properties {
                        image?: (containerd.services.images.v1.Image.$Properties|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.images.v1.GetImageResponse.$Properties;
                }

                interface ICreateImageRequest extends containerd.services.images.v1.CreateImageRequest.$Properties {
                }

                class CreateImageRequest {
                    constructor(properties?: containerd.services.images.v1.CreateImageRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    image?: (containerd.services.images.v1.Image.$Properties|null);
                    static create(properties: containerd.services.images.v1.CreateImageRequest.$Shape): containerd.services.images.v1.CreateImageRequest & containerd.services.images.v1.CreateImageRequest.$Shape;
                    static create(properties?: containerd.services.images.v1.CreateImageRequest.$Properties): containerd.services.images.v1.CreateImageRequest;
                    static encode(message: containerd.services.images.v1.CreateImageRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.images.v1.CreateImageRequest & containerd.services.images.v1.CreateImageRequest.$Shape;
                }

                namespace CreateImageRequest {
                    interface $Properties {
                        image?: (containerd.services.images.v1.Image.$Properties|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.images.v1.CreateImageRequest.$Properties;
                }

                interface ICreateImageResponse extends containerd.services.images.v1.CreateImageResponse.$Properties {
                }

                class CreateImageResponse {
                    constructor(properties?: containerd.services.images.v1.CreateImageResponse.$Properties);
                    $unknowns?: Uint8Array[];
                    image?: (containerd.services.images.v1.Image.$Properties|null);
                    static create(properties: containerd.services.images.v1.CreateImageResponse.$Shape): containerd.services.images.v1.CreateImageResponse & containerd.services.images.v1.CreateImageResponse.$Shape;
                    static create(properties?: containerd.services.images.v1.CreateImageResponse.$Properties): containerd.services.images.v1.CreateImageResponse;
                    static encode(message: containerd.services.images.v1.CreateImageResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.images.v1.CreateImageResponse & containerd.services.images.v1.CreateImageResponse.$Shape;
                }

                namespace CreateImageResponse {
                    interface $Properties {
                        image?: (containerd.services.images.v1.Image.$Properties|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.images.v1.CreateImageResponse.$Properties;
                }

                interface IDeleteImageRequest extends containerd.services.images.v1.DeleteImageRequest.$Properties {
                }

                class DeleteImageRequest {
                    constructor(properties?: containerd.services.images.v1.DeleteImageRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    name: string;
                    sync: boolean;
                    target?: (containerd.types.Descriptor.$Properties|null);
                    static create(properties: containerd.services.images.v1.DeleteImageRequest.$Shape): containerd.services.images.v1.DeleteImageRequest & containerd.services.images.v1.DeleteImageRequest.$Shape;
                    static create(properties?: containerd.services.images.v1.DeleteImageRequest.$Properties): containerd.services.images.v1.DeleteImageRequest;
                    static encode(message: containerd.services.images.v1.DeleteImageRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.images.v1.DeleteImageRequest & containerd.services.images.v1.DeleteImageRequest.$Shape;
                }

                namespace DeleteImageRequest {
                    interface $Properties {
                        name?: (string|null);
                        sync?: (boolean|null);
                        target?: (containerd.types.Descriptor.$Properties|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.images.v1.DeleteImageRequest.$Properties;
                }

                interface IListImagesRequest extends containerd.services.images.v1.ListImagesRequest.$Properties {
                }

                class ListImagesRequest {
                    constructor(properties?: containerd.services.images.v1.ListImagesRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    filters: string[];
                    static create(properties: containerd.services.images.v1.ListImagesRequest.$Shape): containerd.services.images.v1.ListImagesRequest & containerd.services.images.v1.ListImagesRequest.$Shape;
                    static create(properties?: containerd.services.images.v1.ListImagesRequest.$Properties): containerd.services.images.v1.ListImagesRequest;
                    static encode(message: containerd.services.images.v1.ListImagesRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.images.v1.ListImagesRequest & containerd.services.images.v1.ListImagesRequest.$Shape;
                }

                namespace ListImagesRequest {
                    interface $Properties {
                        filters?: (string[]|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.images.v1.ListImagesRequest.$Properties;
                }

                interface IListImagesResponse extends containerd.services.images.v1.ListImagesResponse.$Properties {
                }

                class ListImagesResponse {
                    constructor(properties?: containerd.services.images.v1.ListImagesResponse.$Properties);
                    $unknowns?: Uint8Array[];
                    images: containerd.services.images.v1.Image.$Properties[];
                    static create(properties: containerd.services.images.v1.ListImagesResponse.$Shape): containerd.services.images.v1.ListImagesResponse & containerd.services.images.v1.ListImagesResponse.$Shape;
                    static create(properties?: containerd.services.images.v1.ListImagesResponse.$Properties): containerd.services.images.v1.ListImagesResponse;
                    static encode(message: containerd.services.images.v1.ListImagesResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.images.v1.ListImagesResponse & containerd.services.images.v1.ListImagesResponse.$Shape;
                }

                namespace ListImagesResponse {
                    interface $Properties {
                        images?: (containerd.services.images.v1.Image.$Properties[]|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.images.v1.ListImagesResponse.$Properties;
                }
            }
        }

        namespace introspection {

            namespace v1 {

                interface IPlugin extends containerd.services.introspection.v1.Plugin.$Properties {
                }

                class Plugin {
                    constructor(properties?: containerd.services.introspection.v1.Plugin.$Properties);
                    $unknowns?: Uint8Array[];
                    type: string;
                    id: string;
                    initErr?: (containerd.services.introspection.v1.LoadError.$Properties|null);
                    static create(properties: containerd.services.introspection.v1.Plugin.$Shape): containerd.services.introspection.v1.Plugin & containerd.services.introspection.v1.Plugin.$Shape;
                    static create(properties?: containerd.services.introspection.v1.Plugin.$Properties): containerd.services.introspection.v1.Plugin;
                    static encode(message: containerd.services.introspection.v1.Plugin.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.introspection.v1.Plugin & containerd.services.introspection.v1.Plugin.$Shape;
                }

                namespace Plugin {
                    interface $Properties {
                        type?: (string|null);
                        id?: (string|null);
                        initErr?: (containerd.services.introspection.v1.LoadError.$Properties|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.introspection.v1.Plugin.$Properties;
                }

                interface ILoadError extends containerd.services.introspection.v1.LoadError.$Properties {
                }

                class LoadError {
                    constructor(properties?: containerd.services.introspection.v1.LoadError.$Properties);
                    $unknowns?: Uint8Array[];
                    code: number;
                    static create(properties: containerd.services.introspection.v1.LoadError.$Shape): containerd.services.introspection.v1.LoadError & containerd.services.introspection.v1.LoadError.$Shape;
                    static create(properties?: containerd.services.introspection.v1.LoadError.$Properties): containerd.services.introspection.v1.LoadError;
                    static encode(message: containerd.services.introspection.v1.LoadError.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.introspection.v1.LoadError & containerd.services.introspection.v1.LoadError.$Shape;
                }

                namespace LoadError {
                    interface $Properties {
                        code?: (number|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.introspection.v1.LoadError.$Properties;
                }

                interface IPluginsRequest extends containerd.services.introspection.v1.PluginsRequest.$Properties {
                }

                class PluginsRequest {
                    constructor(properties?: containerd.services.introspection.v1.PluginsRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    filters: string[];
                    static create(properties: containerd.services.introspection.v1.PluginsRequest.$Shape): containerd.services.introspection.v1.PluginsRequest & containerd.services.introspection.v1.PluginsRequest.$Shape;
                    static create(properties?: containerd.services.introspection.v1.PluginsRequest.$Properties): containerd.services.introspection.v1.PluginsRequest;
                    static encode(message: containerd.services.introspection.v1.PluginsRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.introspection.v1.PluginsRequest & containerd.services.introspection.v1.PluginsRequest.$Shape;
                }

                namespace PluginsRequest {
                    interface $Properties {
                        filters?: (string[]|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.introspection.v1.PluginsRequest.$Properties;
                }

                interface IPluginsResponse extends containerd.services.introspection.v1.PluginsResponse.$Properties {
                }

                class PluginsResponse {
                    constructor(properties?: containerd.services.introspection.v1.PluginsResponse.$Properties);
                    $unknowns?: Uint8Array[];
                    plugins: containerd.services.introspection.v1.Plugin.$Properties[];
                    static create(properties: containerd.services.introspection.v1.PluginsResponse.$Shape): containerd.services.introspection.v1.PluginsResponse & containerd.services.introspection.v1.PluginsResponse.$Shape;
                    static create(properties?: containerd.services.introspection.v1.PluginsResponse.$Properties): containerd.services.introspection.v1.PluginsResponse;
                    static encode(message: containerd.services.introspection.v1.PluginsResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.introspection.v1.PluginsResponse & containerd.services.introspection.v1.PluginsResponse.$Shape;
                }

                namespace PluginsResponse {
                    interface $Properties {
                        plugins?: (containerd.services.introspection.v1.Plugin.$Properties[]|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.introspection.v1.PluginsResponse.$Properties;
                }
            }
        }

        namespace leases {

            namespace v1 {

                interface ILease extends containerd.services.leases.v1.Lease.$Properties {
                }

                class Lease {
                    constructor(properties?: containerd.services.leases.v1.Lease.$Properties);
                    $unknowns?: Uint8Array[];
                    id: string;
                    labels: { [k: string]: string };
                    static create(properties: containerd.services.leases.v1.Lease.$Shape): containerd.services.leases.v1.Lease & containerd.services.leases.v1.Lease.$Shape;
                    static create(properties?: containerd.services.leases.v1.Lease.$Properties): containerd.services.leases.v1.Lease;
                    static encode(message: containerd.services.leases.v1.Lease.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.leases.v1.Lease & containerd.services.leases.v1.Lease.$Shape;
                }

                namespace Lease {
                    interface $Properties {
                        id?: (string|null);
                        labels?: ({ [k: string]: string }|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.leases.v1.Lease.$Properties;
                }

                interface ICreateRequest extends containerd.services.leases.v1.CreateRequest.$Properties {
                }

                class CreateRequest {
                    constructor(properties?: containerd.services.leases.v1.CreateRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    id: string;
                    labels: { [k: string]: string };
                    static create(properties: containerd.services.leases.v1.CreateRequest.$Shape): containerd.services.leases.v1.CreateRequest & containerd.services.leases.v1.CreateRequest.$Shape;
                    static create(properties?: containerd.services.leases.v1.CreateRequest.$Properties): containerd.services.leases.v1.CreateRequest;
                    static encode(message: containerd.services.leases.v1.CreateRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.leases.v1.CreateRequest & containerd.services.leases.v1.CreateRequest.$Shape;
                }

                namespace CreateRequest {
                    interface $Properties {
                        id?: (string|null);
                        labels?: ({ [k: string]: string }|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.leases.v1.CreateRequest.$Properties;
                }

                interface ICreateResponse extends containerd.services.leases.v1.CreateResponse.$Properties {
                }

                class CreateResponse {
                    constructor(properties?: containerd.services.leases.v1.CreateResponse.$Properties);
                    $unknowns?: Uint8Array[];
                    lease?: (containerd.services.leases.v1.Lease.$Properties|null);
                    static create(properties: containerd.services.leases.v1.CreateResponse.$Shape): containerd.services.leases.v1.CreateResponse & containerd.services.leases.v1.CreateResponse.$Shape;
                    static create(properties?: containerd.services.leases.v1.CreateResponse.$Properties): containerd.services.leases.v1.CreateResponse;
                    static encode(message: containerd.services.leases.v1.CreateResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.leases.v1.CreateResponse & containerd.services.leases.v1.CreateResponse.$Shape;
                }

                namespace CreateResponse {
                    interface $Properties {
                        lease?: (containerd.services.leases.v1.Lease.$Properties|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.leases.v1.CreateResponse.$Properties;
                }

                interface IDeleteRequest extends containerd.services.leases.v1.DeleteRequest.$Properties {
                }

                class DeleteRequest {
                    constructor(properties?: containerd.services.leases.v1.DeleteRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    id: string;
                    sync: boolean;
                    static create(properties: containerd.services.leases.v1.DeleteRequest.$Shape): containerd.services.leases.v1.DeleteRequest & containerd.services.leases.v1.DeleteRequest.$Shape;
                    static create(properties?: containerd.services.leases.v1.DeleteRequest.$Properties): containerd.services.leases.v1.DeleteRequest;
                    static encode(message: containerd.services.leases.v1.DeleteRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.leases.v1.DeleteRequest & containerd.services.leases.v1.DeleteRequest.$Shape;
                }

                namespace DeleteRequest {
                    interface $Properties {
                        id?: (string|null);
                        sync?: (boolean|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.leases.v1.DeleteRequest.$Properties;
                }

                interface IListRequest extends containerd.services.leases.v1.ListRequest.$Properties {
                }

                class ListRequest {
                    constructor(properties?: containerd.services.leases.v1.ListRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    filters: string[];
                    static create(properties: containerd.services.leases.v1.ListRequest.$Shape): containerd.services.leases.v1.ListRequest & containerd.services.leases.v1.ListRequest.$Shape;
                    static create(properties?: containerd.services.leases.v1.ListRequest.$Properties): containerd.services.leases.v1.ListRequest;
                    static encode(message: containerd.services.leases.v1.ListRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.leases.v1.ListRequest & containerd.services.leases.v1.ListRequest.$Shape;
                }

                namespace ListRequest {
                    interface $Properties {
                        filters?: (string[]|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.leases.v1.ListRequest.$Properties;
                }

                interface IListResponse extends containerd.services.leases.v1.ListResponse.$Properties {
                }

                class ListResponse {
                    constructor(properties?: containerd.services.leases.v1.ListResponse.$Properties);
                    $unknowns?: Uint8Array[];
                    leases: containerd.services.leases.v1.Lease.$Properties[];
                    static create(properties: containerd.services.leases.v1.ListResponse.$Shape): containerd.services.leases.v1.ListResponse & containerd.services.leases.v1.ListResponse.$Shape;
                    static create(properties?: containerd.services.leases.v1.ListResponse.$Properties): containerd.services.leases.v1.ListResponse;
                    static encode(message: containerd.services.leases.v1.ListResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.leases.v1.ListResponse & containerd.services.leases.v1.ListResponse.$Shape;
                }

                namespace ListResponse {
                    interface $Properties {
                        leases?: (containerd.services.leases.v1.Lease.$Properties[]|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.leases.v1.ListResponse.$Properties;
                }

                interface IResource extends containerd.services.leases.v1.Resource.$Properties {
                }

                class Resource {
                    constructor(properties?: containerd.services.leases.v1.Resource.$Properties);
                    $unknowns?: Uint8Array[];
                    id: string;
                    type: string;
                    static create(properties: containerd.services.leases.v1.Resource.$Shape): containerd.services.leases.v1.Resource & containerd.services.leases.v1.Resource.$Shape;
                    static create(properties?: containerd.services.leases.v1.Resource.$Properties): containerd.services.leases.v1.Resource;
                    static encode(message: containerd.services.leases.v1.Resource.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.leases.v1.Resource & containerd.services.leases.v1.Resource.$Shape;
                }

                namespace Resource {
                    interface $Properties {
                        id?: (string|null);
                        type?: (string|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.leases.v1.Resource.$Properties;
                }

                interface IAddResourceRequest extends containerd.services.leases.v1.AddResourceRequest.$Properties {
                }

                class AddResourceRequest {
                    constructor(properties?: containerd.services.leases.v1.AddResourceRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    id: string;
                    resource?: (containerd.services.leases.v1.Resource.$Properties|null);
                    static create(properties: containerd.services.leases.v1.AddResourceRequest.$Shape): containerd.services.leases.v1.AddResourceRequest & containerd.services.leases.v1.AddResourceRequest.$Shape;
                    static create(properties?: containerd.services.leases.v1.AddResourceRequest.$Properties): containerd.services.leases.v1.AddResourceRequest;
                    static encode(message: containerd.services.leases.v1.AddResourceRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.leases.v1.AddResourceRequest & containerd.services.leases.v1.AddResourceRequest.$Shape;
                }

                namespace AddResourceRequest {
                    interface $Properties {
                        id?: (string|null);
                        resource?: (containerd.services.leases.v1.Resource.$Properties|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.leases.v1.AddResourceRequest.$Properties;
                }

                interface IListResourcesRequest extends containerd.services.leases.v1.ListResourcesRequest.$Properties {
                }

                class ListResourcesRequest {
                    constructor(properties?: containerd.services.leases.v1.ListResourcesRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    id: string;
                    static create(properties: containerd.services.leases.v1.ListResourcesRequest.$Shape): containerd.services.leases.v1.ListResourcesRequest & containerd.services.leases.v1.ListResourcesRequest.$Shape;
                    static create(properties?: containerd.services.leases.v1.ListResourcesRequest.$Properties): containerd.services.leases.v1.ListResourcesRequest;
                    static encode(message: containerd.services.leases.v1.ListResourcesRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.leases.v1.ListResourcesRequest & containerd.services.leases.v1.ListResourcesRequest.$Shape;
                }

                namespace ListResourcesRequest {
                    interface $Properties {
                        id?: (string|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.leases.v1.ListResourcesRequest.$Properties;
                }

                interface IListResourcesResponse extends containerd.services.leases.v1.ListResourcesResponse.$Properties {
                }

                class ListResourcesResponse {
                    constructor(properties?: containerd.services.leases.v1.ListResourcesResponse.$Properties);
                    $unknowns?: Uint8Array[];
                    resources: containerd.services.leases.v1.Resource.$Properties[];
                    static create(properties: containerd.services.leases.v1.ListResourcesResponse.$Shape): containerd.services.leases.v1.ListResourcesResponse & containerd.services.leases.v1.ListResourcesResponse.$Shape;
                    static create(properties?: containerd.services.leases.v1.ListResourcesResponse.$Properties): containerd.services.leases.v1.ListResourcesResponse;
                    static encode(message: containerd.services.leases.v1.ListResourcesResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.leases.v1.ListResourcesResponse & containerd.services.leases.v1.ListResourcesResponse.$Shape;
                }

                namespace ListResourcesResponse {
                    interface $Properties {
                        resources?: (containerd.services.leases.v1.Resource.$Properties[]|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.leases.v1.ListResourcesResponse.$Properties;
                }
            }
        }

        namespace namespaces {

            namespace v1 {

                interface INamespace extends containerd.services.namespaces.v1.Namespace.$Properties {
                }

                class Namespace {
                    constructor(properties?: containerd.services.namespaces.v1.Namespace.$Properties);
                    $unknowns?: Uint8Array[];
                    name: string;
                    static create(properties: containerd.services.namespaces.v1.Namespace.$Shape): containerd.services.namespaces.v1.Namespace & containerd.services.namespaces.v1.Namespace.$Shape;
                    static create(properties?: containerd.services.namespaces.v1.Namespace.$Properties): containerd.services.namespaces.v1.Namespace;
                    static encode(message: containerd.services.namespaces.v1.Namespace.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.namespaces.v1.Namespace & containerd.services.namespaces.v1.Namespace.$Shape;
                }

                namespace Namespace {
                    interface $Properties {
                        name?: (string|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.namespaces.v1.Namespace.$Properties;
                }

                interface IListNamespacesRequest extends containerd.services.namespaces.v1.ListNamespacesRequest.$Properties {
                }

                class ListNamespacesRequest {
                    constructor(properties?: containerd.services.namespaces.v1.ListNamespacesRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    static create(properties: containerd.services.namespaces.v1.ListNamespacesRequest.$Shape): containerd.services.namespaces.v1.ListNamespacesRequest & containerd.services.namespaces.v1.ListNamespacesRequest.$Shape;
                    static create(properties?: containerd.services.namespaces.v1.ListNamespacesRequest.$Properties): containerd.services.namespaces.v1.ListNamespacesRequest;
                    static encode(message: containerd.services.namespaces.v1.ListNamespacesRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.namespaces.v1.ListNamespacesRequest & containerd.services.namespaces.v1.ListNamespacesRequest.$Shape;
                }

                namespace ListNamespacesRequest {
                    interface $Properties {
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.namespaces.v1.ListNamespacesRequest.$Properties;
                }

                interface IListNamespacesResponse extends containerd.services.namespaces.v1.ListNamespacesResponse.$Properties {
                }

                class ListNamespacesResponse {
                    constructor(properties?: containerd.services.namespaces.v1.ListNamespacesResponse.$Properties);
                    $unknowns?: Uint8Array[];
                    namespaces: containerd.services.namespaces.v1.Namespace.$Properties[];
                    static create(properties: containerd.services.namespaces.v1.ListNamespacesResponse.$Shape): containerd.services.namespaces.v1.ListNamespacesResponse & containerd.services.namespaces.v1.ListNamespacesResponse.$Shape;
                    static create(properties?: containerd.services.namespaces.v1.ListNamespacesResponse.$Properties): containerd.services.namespaces.v1.ListNamespacesResponse;
                    static encode(message: containerd.services.namespaces.v1.ListNamespacesResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.namespaces.v1.ListNamespacesResponse & containerd.services.namespaces.v1.ListNamespacesResponse.$Shape;
                }

                namespace ListNamespacesResponse {
                    interface $Properties {
                        namespaces?: (containerd.services.namespaces.v1.Namespace.$Properties[]|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.namespaces.v1.ListNamespacesResponse.$Properties;
                }
            }
        }

        namespace snapshots {

            namespace v1 {

                enum Kind {
                    UNKNOWN = 0,
                    VIEW = 1,
                    ACTIVE = 2,
                    COMMITTED = 3
                }

                interface IInfo extends containerd.services.snapshots.v1.Info.$Properties {
                }

                class Info {
                    constructor(properties?: containerd.services.snapshots.v1.Info.$Properties);
                    $unknowns?: Uint8Array[];
                    name: string;
                    parent: string;
                    kind: containerd.services.snapshots.v1.Kind;
                    createdAt?: (google.protobuf.Timestamp.$Properties|null);
                    labels: { [k: string]: string };
                    static create(properties: containerd.services.snapshots.v1.Info.$Shape): containerd.services.snapshots.v1.Info & containerd.services.snapshots.v1.Info.$Shape;
                    static create(properties?: containerd.services.snapshots.v1.Info.$Properties): containerd.services.snapshots.v1.Info;
                    static encode(message: containerd.services.snapshots.v1.Info.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.snapshots.v1.Info & containerd.services.snapshots.v1.Info.$Shape;
                }

                namespace Info {
                    interface $Properties {
                        name?: (string|null);
                        parent?: (string|null);
                        kind?: (containerd.services.snapshots.v1.Kind|null);
                        createdAt?: (google.protobuf.Timestamp.$Properties|null);
                        labels?: ({ [k: string]: string }|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.snapshots.v1.Info.$Properties;
                }

                interface IListSnapshotsRequest extends containerd.services.snapshots.v1.ListSnapshotsRequest.$Properties {
                }

                class ListSnapshotsRequest {
                    constructor(properties?: containerd.services.snapshots.v1.ListSnapshotsRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    snapshotter: string;
                    static create(properties: containerd.services.snapshots.v1.ListSnapshotsRequest.$Shape): containerd.services.snapshots.v1.ListSnapshotsRequest & containerd.services.snapshots.v1.ListSnapshotsRequest.$Shape;
                    static create(properties?: containerd.services.snapshots.v1.ListSnapshotsRequest.$Properties): containerd.services.snapshots.v1.ListSnapshotsRequest;
                    static encode(message: containerd.services.snapshots.v1.ListSnapshotsRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.snapshots.v1.ListSnapshotsRequest & containerd.services.snapshots.v1.ListSnapshotsRequest.$Shape;
                }

                namespace ListSnapshotsRequest {
                    interface $Properties {
                        snapshotter?: (string|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.snapshots.v1.ListSnapshotsRequest.$Properties;
                }

                interface IListSnapshotsResponse extends containerd.services.snapshots.v1.ListSnapshotsResponse.$Properties {
                }

                class ListSnapshotsResponse {
                    constructor(properties?: containerd.services.snapshots.v1.ListSnapshotsResponse.$Properties);
                    $unknowns?: Uint8Array[];
                    info: containerd.services.snapshots.v1.Info.$Properties[];
                    static create(properties: containerd.services.snapshots.v1.ListSnapshotsResponse.$Shape): containerd.services.snapshots.v1.ListSnapshotsResponse & containerd.services.snapshots.v1.ListSnapshotsResponse.$Shape;
                    static create(properties?: containerd.services.snapshots.v1.ListSnapshotsResponse.$Properties): containerd.services.snapshots.v1.ListSnapshotsResponse;
                    static encode(message: containerd.services.snapshots.v1.ListSnapshotsResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.snapshots.v1.ListSnapshotsResponse & containerd.services.snapshots.v1.ListSnapshotsResponse.$Shape;
                }

                namespace ListSnapshotsResponse {
                    interface $Properties {
                        info?: (containerd.services.snapshots.v1.Info.$Properties[]|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.snapshots.v1.ListSnapshotsResponse.$Properties;
                }

                interface IUsageRequest extends containerd.services.snapshots.v1.UsageRequest.$Properties {
                }

                class UsageRequest {
                    constructor(properties?: containerd.services.snapshots.v1.UsageRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    snapshotter: string;
                    key: string;
                    static create(properties: containerd.services.snapshots.v1.UsageRequest.$Shape): containerd.services.snapshots.v1.UsageRequest & containerd.services.snapshots.v1.UsageRequest.$Shape;
                    static create(properties?: containerd.services.snapshots.v1.UsageRequest.$Properties): containerd.services.snapshots.v1.UsageRequest;
                    static encode(message: containerd.services.snapshots.v1.UsageRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.snapshots.v1.UsageRequest & containerd.services.snapshots.v1.UsageRequest.$Shape;
                }

                namespace UsageRequest {
                    interface $Properties {
                        snapshotter?: (string|null);
                        key?: (string|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.snapshots.v1.UsageRequest.$Properties;
                }

                interface IUsageResponse extends containerd.services.snapshots.v1.UsageResponse.$Properties {
                }

                class UsageResponse {
                    constructor(properties?: containerd.services.snapshots.v1.UsageResponse.$Properties);
                    $unknowns?: Uint8Array[];
                    size: number;
                    inodes: number;
                    static create(properties: containerd.services.snapshots.v1.UsageResponse.$Shape): containerd.services.snapshots.v1.UsageResponse & containerd.services.snapshots.v1.UsageResponse.$Shape;
                    static create(properties?: containerd.services.snapshots.v1.UsageResponse.$Properties): containerd.services.snapshots.v1.UsageResponse;
                    static encode(message: containerd.services.snapshots.v1.UsageResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.snapshots.v1.UsageResponse & containerd.services.snapshots.v1.UsageResponse.$Shape;
                }

                namespace UsageResponse {
                    interface $Properties {
                        size?: (number|null);
                        inodes?: (number|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.snapshots.v1.UsageResponse.$Properties;
                }

                interface IStatSnapshotRequest extends containerd.services.snapshots.v1.StatSnapshotRequest.$Properties {
                }

                class StatSnapshotRequest {
                    constructor(properties?: containerd.services.snapshots.v1.StatSnapshotRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    snapshotter: string;
                    key: string;
                    static create(properties: containerd.services.snapshots.v1.StatSnapshotRequest.$Shape): containerd.services.snapshots.v1.StatSnapshotRequest & containerd.services.snapshots.v1.StatSnapshotRequest.$Shape;
                    static create(properties?: containerd.services.snapshots.v1.StatSnapshotRequest.$Properties): containerd.services.snapshots.v1.StatSnapshotRequest;
                    static encode(message: containerd.services.snapshots.v1.StatSnapshotRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.snapshots.v1.StatSnapshotRequest & containerd.services.snapshots.v1.StatSnapshotRequest.$Shape;
                }

                namespace StatSnapshotRequest {
                    interface $Properties {
                        snapshotter?: (string|null);
                        key?: (string|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.snapshots.v1.StatSnapshotRequest.$Properties;
                }

                interface IStatSnapshotResponse extends containerd.services.snapshots.v1.StatSnapshotResponse.$Properties {
                }

                class StatSnapshotResponse {
                    constructor(properties?: containerd.services.snapshots.v1.StatSnapshotResponse.$Properties);
                    $unknowns?: Uint8Array[];
                    info?: (containerd.services.snapshots.v1.Info.$Properties|null);
                    static create(properties: containerd.services.snapshots.v1.StatSnapshotResponse.$Shape): containerd.services.snapshots.v1.StatSnapshotResponse & containerd.services.snapshots.v1.StatSnapshotResponse.$Shape;
                    static create(properties?: containerd.services.snapshots.v1.StatSnapshotResponse.$Properties): containerd.services.snapshots.v1.StatSnapshotResponse;
                    static encode(message: containerd.services.snapshots.v1.StatSnapshotResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.snapshots.v1.StatSnapshotResponse & containerd.services.snapshots.v1.StatSnapshotResponse.$Shape;
                }

                namespace StatSnapshotResponse {
                    interface $Properties {
                        info?: (containerd.services.snapshots.v1.Info.$Properties|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.snapshots.v1.StatSnapshotResponse.$Properties;
                }

                interface IViewSnapshotRequest extends containerd.services.snapshots.v1.ViewSnapshotRequest.$Properties {
                }

                class ViewSnapshotRequest {
                    constructor(properties?: containerd.services.snapshots.v1.ViewSnapshotRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    snapshotter: string;
                    key: string;
                    parent: string;
                    static create(properties: containerd.services.snapshots.v1.ViewSnapshotRequest.$Shape): containerd.services.snapshots.v1.ViewSnapshotRequest & containerd.services.snapshots.v1.ViewSnapshotRequest.$Shape;
                    static create(properties?: containerd.services.snapshots.v1.ViewSnapshotRequest.$Properties): containerd.services.snapshots.v1.ViewSnapshotRequest;
                    static encode(message: containerd.services.snapshots.v1.ViewSnapshotRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.snapshots.v1.ViewSnapshotRequest & containerd.services.snapshots.v1.ViewSnapshotRequest.$Shape;
                }

                namespace ViewSnapshotRequest {
                    interface $Properties {
                        snapshotter?: (string|null);
                        key?: (string|null);
                        parent?: (string|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.snapshots.v1.ViewSnapshotRequest.$Properties;
                }

                interface IViewSnapshotResponse extends containerd.services.snapshots.v1.ViewSnapshotResponse.$Properties {
                }

                class ViewSnapshotResponse {
                    constructor(properties?: containerd.services.snapshots.v1.ViewSnapshotResponse.$Properties);
                    $unknowns?: Uint8Array[];
                    mounts: containerd.types.Mount.$Properties[];
                    static create(properties: containerd.services.snapshots.v1.ViewSnapshotResponse.$Shape): containerd.services.snapshots.v1.ViewSnapshotResponse & containerd.services.snapshots.v1.ViewSnapshotResponse.$Shape;
                    static create(properties?: containerd.services.snapshots.v1.ViewSnapshotResponse.$Properties): containerd.services.snapshots.v1.ViewSnapshotResponse;
                    static encode(message: containerd.services.snapshots.v1.ViewSnapshotResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.snapshots.v1.ViewSnapshotResponse & containerd.services.snapshots.v1.ViewSnapshotResponse.$Shape;
                }

                namespace ViewSnapshotResponse {
                    interface $Properties {
                        mounts?: (containerd.types.Mount.$Properties[]|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.snapshots.v1.ViewSnapshotResponse.$Properties;
                }

                interface IRemoveSnapshotRequest extends containerd.services.snapshots.v1.RemoveSnapshotRequest.$Properties {
                }

                class RemoveSnapshotRequest {
                    constructor(properties?: containerd.services.snapshots.v1.RemoveSnapshotRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    snapshotter: string;
                    key: string;
                    static create(properties: containerd.services.snapshots.v1.RemoveSnapshotRequest.$Shape): containerd.services.snapshots.v1.RemoveSnapshotRequest & containerd.services.snapshots.v1.RemoveSnapshotRequest.$Shape;
                    static create(properties?: containerd.services.snapshots.v1.RemoveSnapshotRequest.$Properties): containerd.services.snapshots.v1.RemoveSnapshotRequest;
                    static encode(message: containerd.services.snapshots.v1.RemoveSnapshotRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.snapshots.v1.RemoveSnapshotRequest & containerd.services.snapshots.v1.RemoveSnapshotRequest.$Shape;
                }

                namespace RemoveSnapshotRequest {
                    interface $Properties {
                        snapshotter?: (string|null);
                        key?: (string|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.snapshots.v1.RemoveSnapshotRequest.$Properties;
                }
            }
        }

        namespace tasks {

            namespace v1 {

                enum Status {
                    UNKNOWN = 0,
                    CREATED = 1,
                    RUNNING = 2,
                    STOPPED = 3,
                    PAUSED = 4,
                    PAUSING = 5
                }

                interface IProcess extends containerd.services.tasks.v1.Process.$Properties {
                }

                class Process {
                    constructor(properties?: containerd.services.tasks.v1.Process.$Properties);
                    $unknowns?: Uint8Array[];
                    id: string;
                    pid: number;
                    status: containerd.services.tasks.v1.Status;
                    static create(properties: containerd.services.tasks.v1.Process.$Shape): containerd.services.tasks.v1.Process & containerd.services.tasks.v1.Process.$Shape;
                    static create(properties?: containerd.services.tasks.v1.Process.$Properties): containerd.services.tasks.v1.Process;
                    static encode(message: containerd.services.tasks.v1.Process.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.tasks.v1.Process & containerd.services.tasks.v1.Process.$Shape;
                }

                namespace Process {
                    interface $Properties {
                        id?: (string|null);
                        pid?: (number|null);
                        status?: (containerd.services.tasks.v1.Status|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.tasks.v1.Process.$Properties;
                }

                interface IListTasksRequest extends containerd.services.tasks.v1.ListTasksRequest.$Properties {
                }

                class ListTasksRequest {
                    constructor(properties?: containerd.services.tasks.v1.ListTasksRequest.$Properties);
                    $unknowns?: Uint8Array[];
                    static create(properties: containerd.services.tasks.v1.ListTasksRequest.$Shape): containerd.services.tasks.v1.ListTasksRequest & containerd.services.tasks.v1.ListTasksRequest.$Shape;
                    static create(properties?: containerd.services.tasks.v1.ListTasksRequest.$Properties): containerd.services.tasks.v1.ListTasksRequest;
                    static encode(message: containerd.services.tasks.v1.ListTasksRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.tasks.v1.ListTasksRequest & containerd.services.tasks.v1.ListTasksRequest.$Shape;
                }

                namespace ListTasksRequest {
                    interface $Properties {
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.tasks.v1.ListTasksRequest.$Properties;
                }

                interface IListTasksResponse extends containerd.services.tasks.v1.ListTasksResponse.$Properties {
                }

                class ListTasksResponse {
                    constructor(properties?: containerd.services.tasks.v1.ListTasksResponse.$Properties);
                    $unknowns?: Uint8Array[];
                    tasks: containerd.services.tasks.v1.Process.$Properties[];
                    static create(properties: containerd.services.tasks.v1.ListTasksResponse.$Shape): containerd.services.tasks.v1.ListTasksResponse & containerd.services.tasks.v1.ListTasksResponse.$Shape;
                    static create(properties?: containerd.services.tasks.v1.ListTasksResponse.$Properties): containerd.services.tasks.v1.ListTasksResponse;
                    static encode(message: containerd.services.tasks.v1.ListTasksResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.tasks.v1.ListTasksResponse & containerd.services.tasks.v1.ListTasksResponse.$Shape;
                }

                namespace ListTasksResponse {
                    interface $Properties {
                        tasks?: (containerd.services.tasks.v1.Process.$Properties[]|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.tasks.v1.ListTasksResponse.$Properties;
                }
            }
        }

        namespace version {

            namespace v1 {

                interface IVersionResponse extends containerd.services.version.v1.VersionResponse.$Properties {
                }

                class VersionResponse {
                    constructor(properties?: containerd.services.version.v1.VersionResponse.$Properties);
                    $unknowns?: Uint8Array[];
                    version: string;
                    static create(properties: containerd.services.version.v1.VersionResponse.$Shape): containerd.services.version.v1.VersionResponse & containerd.services.version.v1.VersionResponse.$Shape;
                    static create(properties?: containerd.services.version.v1.VersionResponse.$Properties): containerd.services.version.v1.VersionResponse;
                    static encode(message: containerd.services.version.v1.VersionResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
                    static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.services.version.v1.VersionResponse & containerd.services.version.v1.VersionResponse.$Shape;
                }

                namespace VersionResponse {
                    interface $Properties {
                        version?: (string|null);
                        $unknowns?: Uint8Array[];
                    }
                    type $Shape = containerd.services.version.v1.VersionResponse.$Properties;
                }
            }
        }
    }

    namespace types {

        interface IDescriptor extends containerd.types.Descriptor.$Properties {
        }

        class Descriptor {
            constructor(properties?: containerd.types.Descriptor.$Properties);
            $unknowns?: Uint8Array[];
            mediaType: string;
            digest: string;
            size: number;
            annotations: { [k: string]: string };
            static create(properties: containerd.types.Descriptor.$Shape): containerd.types.Descriptor & containerd.types.Descriptor.$Shape;
            static create(properties?: containerd.types.Descriptor.$Properties): containerd.types.Descriptor;
            static encode(message: containerd.types.Descriptor.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.types.Descriptor & containerd.types.Descriptor.$Shape;
        }

        namespace Descriptor {
            interface $Properties {
                mediaType?: (string|null);
                digest?: (string|null);
                size?: (number|null);
                annotations?: ({ [k: string]: string }|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = containerd.types.Descriptor.$Properties;
        }

        interface IMount extends containerd.types.Mount.$Properties {
        }

        class Mount {
            constructor(properties?: containerd.types.Mount.$Properties);
            $unknowns?: Uint8Array[];
            type: string;
            source: string;
            options: string[];
            static create(properties: containerd.types.Mount.$Shape): containerd.types.Mount & containerd.types.Mount.$Shape;
            static create(properties?: containerd.types.Mount.$Properties): containerd.types.Mount;
            static encode(message: containerd.types.Mount.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): containerd.types.Mount & containerd.types.Mount.$Shape;
        }

        namespace Mount {
            interface $Properties {
                type?: (string|null);
                source?: (string|null);
                options?: (string[]|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = containerd.types.Mount.$Properties;
        }
    }
}

export namespace runtime {

    namespace v1 {

        interface IPodSandboxMetadata extends runtime.v1.PodSandboxMetadata.$Properties {
        }

        class PodSandboxMetadata {
            constructor(properties?: runtime.v1.PodSandboxMetadata.$Properties);
            $unknowns?: Uint8Array[];
            name: string;
            uid: string;
            namespace: string;
            static create(properties: runtime.v1.PodSandboxMetadata.$Shape): runtime.v1.PodSandboxMetadata & runtime.v1.PodSandboxMetadata.$Shape;
            static create(properties?: runtime.v1.PodSandboxMetadata.$Properties): runtime.v1.PodSandboxMetadata;
            static encode(message: runtime.v1.PodSandboxMetadata.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): runtime.v1.PodSandboxMetadata & runtime.v1.PodSandboxMetadata.$Shape;
        }

        namespace PodSandboxMetadata {
            interface $Properties {
                name?: (string|null);
                uid?: (string|null);
                namespace?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = runtime.v1.PodSandboxMetadata.$Properties;
        }

        enum PodSandboxState {
            SANDBOX_READY = 0,
            SANDBOX_NOTREADY = 1
        }

        interface IPodSandbox extends runtime.v1.PodSandbox.$Properties {
        }

        class PodSandbox {
            constructor(properties?: runtime.v1.PodSandbox.$Properties);
            $unknowns?: Uint8Array[];
            id: string;
            metadata?: (runtime.v1.PodSandboxMetadata.$Properties|null);
            state: runtime.v1.PodSandboxState;
            createdAt: number;
            static create(properties: runtime.v1.PodSandbox.$Shape): runtime.v1.PodSandbox & runtime.v1.PodSandbox.$Shape;
            static create(properties?: runtime.v1.PodSandbox.$Properties): runtime.v1.PodSandbox;
            static encode(message: runtime.v1.PodSandbox.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): runtime.v1.PodSandbox & runtime.v1.PodSandbox.$Shape;
        }

        namespace PodSandbox {
            interface $Properties {
                id?: (string|null);
                metadata?: (runtime.v1.PodSandboxMetadata.$Properties|null);
                state?: (runtime.v1.PodSandboxState|null);
                createdAt?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = runtime.v1.PodSandbox.$Properties;
        }

        interface IListPodSandboxRequest extends runtime.v1.ListPodSandboxRequest.$Properties {
        }

        class ListPodSandboxRequest {
            constructor(properties?: runtime.v1.ListPodSandboxRequest.$Properties);
            $unknowns?: Uint8Array[];
            static create(properties: runtime.v1.ListPodSandboxRequest.$Shape): runtime.v1.ListPodSandboxRequest & runtime.v1.ListPodSandboxRequest.$Shape;
            static create(properties?: runtime.v1.ListPodSandboxRequest.$Properties): runtime.v1.ListPodSandboxRequest;
            static encode(message: runtime.v1.ListPodSandboxRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): runtime.v1.ListPodSandboxRequest & runtime.v1.ListPodSandboxRequest.$Shape;
        }

        namespace ListPodSandboxRequest {
            interface $Properties {
                $unknowns?: Uint8Array[];
            }
            type $Shape = runtime.v1.ListPodSandboxRequest.$Properties;
        }

        interface IListPodSandboxResponse extends runtime.v1.ListPodSandboxResponse.$Properties {
        }

        class ListPodSandboxResponse {
            constructor(properties?: runtime.v1.ListPodSandboxResponse.$Properties);
            $unknowns?: Uint8Array[];
            items: runtime.v1.PodSandbox.$Properties[];
            static create(properties: runtime.v1.ListPodSandboxResponse.$Shape): runtime.v1.ListPodSandboxResponse & runtime.v1.ListPodSandboxResponse.$Shape;
            static create(properties?: runtime.v1.ListPodSandboxResponse.$Properties): runtime.v1.ListPodSandboxResponse;
            static encode(message: runtime.v1.ListPodSandboxResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): runtime.v1.ListPodSandboxResponse & runtime.v1.ListPodSandboxResponse.$Shape;
        }

        namespace ListPodSandboxResponse {
            interface $Properties {
                items?: (runtime.v1.PodSandbox.$Properties[]|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = runtime.v1.ListPodSandboxResponse.$Properties;
        }

        interface IContainerMetadata extends runtime.v1.ContainerMetadata.$Properties {
        }

        class ContainerMetadata {
            constructor(properties?: runtime.v1.ContainerMetadata.$Properties);
            $unknowns?: Uint8Array[];
            name: string;
            static create(properties: runtime.v1.ContainerMetadata.$Shape): runtime.v1.ContainerMetadata & runtime.v1.ContainerMetadata.$Shape;
            static create(properties?: runtime.v1.ContainerMetadata.$Properties): runtime.v1.ContainerMetadata;
            static encode(message: runtime.v1.ContainerMetadata.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): runtime.v1.ContainerMetadata & runtime.v1.ContainerMetadata.$Shape;
        }

        namespace ContainerMetadata {
            interface $Properties {
                name?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = runtime.v1.ContainerMetadata.$Properties;
        }

        enum ContainerState {
            CONTAINER_CREATED = 0,
            CONTAINER_RUNNING = 1,
            CONTAINER_EXITED = 2,
            CONTAINER_UNKNOWN = 3
        }

        interface IContainer extends runtime.v1.Container.$Properties {
        }

        class Container {
            constructor(properties?: runtime.v1.Container.$Properties);
            $unknowns?: Uint8Array[];
            id: string;
            podSandboxId: string;
            metadata?: (runtime.v1.ContainerMetadata.$Properties|null);
            image?: (runtime.v1.ImageSpec.$Properties|null);
            imageRef: string;
            state: runtime.v1.ContainerState;
            imageId: string;
            static create(properties: runtime.v1.Container.$Shape): runtime.v1.Container & runtime.v1.Container.$Shape;
            static create(properties?: runtime.v1.Container.$Properties): runtime.v1.Container;
            static encode(message: runtime.v1.Container.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): runtime.v1.Container & runtime.v1.Container.$Shape;
        }

        namespace Container {
            interface $Properties {
                id?: (string|null);
                podSandboxId?: (string|null);
                metadata?: (runtime.v1.ContainerMetadata.$Properties|null);
                image?: (runtime.v1.ImageSpec.$Properties|null);
                imageRef?: (string|null);
                state?: (runtime.v1.ContainerState|null);
                imageId?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = runtime.v1.Container.$Properties;
        }

        interface IImageSpec extends runtime.v1.ImageSpec.$Properties {
        }

        class ImageSpec {
            constructor(properties?: runtime.v1.ImageSpec.$Properties);
            $unknowns?: Uint8Array[];
            image: string;
            static create(properties: runtime.v1.ImageSpec.$Shape): runtime.v1.ImageSpec & runtime.v1.ImageSpec.$Shape;
            static create(properties?: runtime.v1.ImageSpec.$Properties): runtime.v1.ImageSpec;
            static encode(message: runtime.v1.ImageSpec.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): runtime.v1.ImageSpec & runtime.v1.ImageSpec.$Shape;
        }

        namespace ImageSpec {
            interface $Properties {
                image?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = runtime.v1.ImageSpec.$Properties;
        }

        interface IStatusRequest extends runtime.v1.StatusRequest.$Properties {
        }

        class StatusRequest {
            constructor(properties?: runtime.v1.StatusRequest.$Properties);
            $unknowns?: Uint8Array[];
            verbose: boolean;
            static create(properties: runtime.v1.StatusRequest.$Shape): runtime.v1.StatusRequest & runtime.v1.StatusRequest.$Shape;
            static create(properties?: runtime.v1.StatusRequest.$Properties): runtime.v1.StatusRequest;
            static encode(message: runtime.v1.StatusRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): runtime.v1.StatusRequest & runtime.v1.StatusRequest.$Shape;
        }

        namespace StatusRequest {
            interface $Properties {
                verbose?: (boolean|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = runtime.v1.StatusRequest.$Properties;
        }

        interface IStatusResponse extends runtime.v1.StatusResponse.$Properties {
        }

        class StatusResponse {
            constructor(properties?: runtime.v1.StatusResponse.$Properties);
            $unknowns?: Uint8Array[];
            info: { [k: string]: string };
            static create(properties: runtime.v1.StatusResponse.$Shape): runtime.v1.StatusResponse & runtime.v1.StatusResponse.$Shape;
            static create(properties?: runtime.v1.StatusResponse.$Properties): runtime.v1.StatusResponse;
            static encode(message: runtime.v1.StatusResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): runtime.v1.StatusResponse & runtime.v1.StatusResponse.$Shape;
        }

        namespace StatusResponse {
            interface $Properties {
                info?: ({ [k: string]: string }|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = runtime.v1.StatusResponse.$Properties;
        }

        interface IMount extends runtime.v1.Mount.$Properties {
        }

        class Mount {
            constructor(properties?: runtime.v1.Mount.$Properties);
            $unknowns?: Uint8Array[];
            image?: (runtime.v1.ImageSpec.$Properties|null);
            static create(properties: runtime.v1.Mount.$Shape): runtime.v1.Mount & runtime.v1.Mount.$Shape;
            static create(properties?: runtime.v1.Mount.$Properties): runtime.v1.Mount;
            static encode(message: runtime.v1.Mount.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): runtime.v1.Mount & runtime.v1.Mount.$Shape;
        }

        namespace Mount {
            interface $Properties {
                image?: (runtime.v1.ImageSpec.$Properties|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = runtime.v1.Mount.$Properties;
        }

        interface IContainerStatus extends runtime.v1.ContainerStatus.$Properties {
        }

        class ContainerStatus {
            constructor(properties?: runtime.v1.ContainerStatus.$Properties);
            $unknowns?: Uint8Array[];
            mounts: runtime.v1.Mount.$Properties[];
            static create(properties: runtime.v1.ContainerStatus.$Shape): runtime.v1.ContainerStatus & runtime.v1.ContainerStatus.$Shape;
            static create(properties?: runtime.v1.ContainerStatus.$Properties): runtime.v1.ContainerStatus;
            static encode(message: runtime.v1.ContainerStatus.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): runtime.v1.ContainerStatus & runtime.v1.ContainerStatus.$Shape;
        }

        namespace ContainerStatus {
            interface $Properties {
                mounts?: (runtime.v1.Mount.$Properties[]|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = runtime.v1.ContainerStatus.$Properties;
        }

        interface IContainerStatusRequest extends runtime.v1.ContainerStatusRequest.$Properties {
        }

        class ContainerStatusRequest {
            constructor(properties?: runtime.v1.ContainerStatusRequest.$Properties);
            $unknowns?: Uint8Array[];
            containerId: string;
            static create(properties: runtime.v1.ContainerStatusRequest.$Shape): runtime.v1.ContainerStatusRequest & runtime.v1.ContainerStatusRequest.$Shape;
            static create(properties?: runtime.v1.ContainerStatusRequest.$Properties): runtime.v1.ContainerStatusRequest;
            static encode(message: runtime.v1.ContainerStatusRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): runtime.v1.ContainerStatusRequest & runtime.v1.ContainerStatusRequest.$Shape;
        }

        namespace ContainerStatusRequest {
            interface $Properties {
                containerId?: (string|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = runtime.v1.ContainerStatusRequest.$Properties;
        }

        interface IContainerStatusResponse extends runtime.v1.ContainerStatusResponse.$Properties {
        }

        class ContainerStatusResponse {
            constructor(properties?: runtime.v1.ContainerStatusResponse.$Properties);
            $unknowns?: Uint8Array[];
            status?: (runtime.v1.ContainerStatus.$Properties|null);
            static create(properties: runtime.v1.ContainerStatusResponse.$Shape): runtime.v1.ContainerStatusResponse & runtime.v1.ContainerStatusResponse.$Shape;
            static create(properties?: runtime.v1.ContainerStatusResponse.$Properties): runtime.v1.ContainerStatusResponse;
            static encode(message: runtime.v1.ContainerStatusResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): runtime.v1.ContainerStatusResponse & runtime.v1.ContainerStatusResponse.$Shape;
        }

        namespace ContainerStatusResponse {
            interface $Properties {
                status?: (runtime.v1.ContainerStatus.$Properties|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = runtime.v1.ContainerStatusResponse.$Properties;
        }

        interface IListContainersRequest extends runtime.v1.ListContainersRequest.$Properties {
        }

        class ListContainersRequest {
            constructor(properties?: runtime.v1.ListContainersRequest.$Properties);
            $unknowns?: Uint8Array[];
            static create(properties: runtime.v1.ListContainersRequest.$Shape): runtime.v1.ListContainersRequest & runtime.v1.ListContainersRequest.$Shape;
            static create(properties?: runtime.v1.ListContainersRequest.$Properties): runtime.v1.ListContainersRequest;
            static encode(message: runtime.v1.ListContainersRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): runtime.v1.ListContainersRequest & runtime.v1.ListContainersRequest.$Shape;
        }

        namespace ListContainersRequest {
            interface $Properties {
                $unknowns?: Uint8Array[];
            }
            type $Shape = runtime.v1.ListContainersRequest.$Properties;
        }

        interface IListContainersResponse extends runtime.v1.ListContainersResponse.$Properties {
        }

        class ListContainersResponse {
            constructor(properties?: runtime.v1.ListContainersResponse.$Properties);
            $unknowns?: Uint8Array[];
            containers: runtime.v1.Container.$Properties[];
            static create(properties: runtime.v1.ListContainersResponse.$Shape): runtime.v1.ListContainersResponse & runtime.v1.ListContainersResponse.$Shape;
            static create(properties?: runtime.v1.ListContainersResponse.$Properties): runtime.v1.ListContainersResponse;
            static encode(message: runtime.v1.ListContainersResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): runtime.v1.ListContainersResponse & runtime.v1.ListContainersResponse.$Shape;
        }

        namespace ListContainersResponse {
            interface $Properties {
                containers?: (runtime.v1.Container.$Properties[]|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = runtime.v1.ListContainersResponse.$Properties;
        }

        interface IImage extends runtime.v1.Image.$Properties {
        }

        class Image {
            constructor(properties?: runtime.v1.Image.$Properties);
            $unknowns?: Uint8Array[];
            id: string;
            pinned: boolean;
            static create(properties: runtime.v1.Image.$Shape): runtime.v1.Image & runtime.v1.Image.$Shape;
            static create(properties?: runtime.v1.Image.$Properties): runtime.v1.Image;
            static encode(message: runtime.v1.Image.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): runtime.v1.Image & runtime.v1.Image.$Shape;
        }

        namespace Image {
            interface $Properties {
                id?: (string|null);
                pinned?: (boolean|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = runtime.v1.Image.$Properties;
        }

        interface IListImagesRequest extends runtime.v1.ListImagesRequest.$Properties {
        }

        class ListImagesRequest {
            constructor(properties?: runtime.v1.ListImagesRequest.$Properties);
            $unknowns?: Uint8Array[];
            static create(properties: runtime.v1.ListImagesRequest.$Shape): runtime.v1.ListImagesRequest & runtime.v1.ListImagesRequest.$Shape;
            static create(properties?: runtime.v1.ListImagesRequest.$Properties): runtime.v1.ListImagesRequest;
            static encode(message: runtime.v1.ListImagesRequest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): runtime.v1.ListImagesRequest & runtime.v1.ListImagesRequest.$Shape;
        }

        namespace ListImagesRequest {
            interface $Properties {
                $unknowns?: Uint8Array[];
            }
            type $Shape = runtime.v1.ListImagesRequest.$Properties;
        }

        interface IListImagesResponse extends runtime.v1.ListImagesResponse.$Properties {
        }

        class ListImagesResponse {
            constructor(properties?: runtime.v1.ListImagesResponse.$Properties);
            $unknowns?: Uint8Array[];
            images: runtime.v1.Image.$Properties[];
            static create(properties: runtime.v1.ListImagesResponse.$Shape): runtime.v1.ListImagesResponse & runtime.v1.ListImagesResponse.$Shape;
            static create(properties?: runtime.v1.ListImagesResponse.$Properties): runtime.v1.ListImagesResponse;
            static encode(message: runtime.v1.ListImagesResponse.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): runtime.v1.ListImagesResponse & runtime.v1.ListImagesResponse.$Shape;
        }

        namespace ListImagesResponse {
            interface $Properties {
                images?: (runtime.v1.Image.$Properties[]|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = runtime.v1.ListImagesResponse.$Properties;
        }
    }
}

export namespace google {

    namespace protobuf {

        interface IAny extends google.protobuf.Any.$Properties {
        }

        class Any {
            constructor(properties?: google.protobuf.Any.$Properties);
            $unknowns?: Uint8Array[];
            type_url: string;
            value: Uint8Array;
            static create(properties: google.protobuf.Any.$Shape): google.protobuf.Any & google.protobuf.Any.$Shape;
            static create(properties?: google.protobuf.Any.$Properties): google.protobuf.Any;
            static encode(message: google.protobuf.Any.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): google.protobuf.Any & google.protobuf.Any.$Shape;
        }

        namespace Any {
            interface $Properties {
                type_url?: (string|null);
                value?: (Uint8Array|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = google.protobuf.Any.$Properties;
        }

        interface ITimestamp extends google.protobuf.Timestamp.$Properties {
        }

        class Timestamp {
            constructor(properties?: google.protobuf.Timestamp.$Properties);
            $unknowns?: Uint8Array[];
            seconds: number;
            nanos: number;
            static create(properties: google.protobuf.Timestamp.$Shape): google.protobuf.Timestamp & google.protobuf.Timestamp.$Shape;
            static create(properties?: google.protobuf.Timestamp.$Properties): google.protobuf.Timestamp;
            static encode(message: google.protobuf.Timestamp.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): google.protobuf.Timestamp & google.protobuf.Timestamp.$Shape;
        }

        namespace Timestamp {
            interface $Properties {
                seconds?: (number|null);
                nanos?: (number|null);
                $unknowns?: Uint8Array[];
            }
            type $Shape = google.protobuf.Timestamp.$Properties;
        }

        interface IEmpty extends google.protobuf.Empty.$Properties {
        }

        class Empty {
            constructor(properties?: google.protobuf.Empty.$Properties);
            $unknowns?: Uint8Array[];
            static create(properties: google.protobuf.Empty.$Shape): google.protobuf.Empty & google.protobuf.Empty.$Shape;
            static create(properties?: google.protobuf.Empty.$Properties): google.protobuf.Empty;
            static encode(message: google.protobuf.Empty.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): google.protobuf.Empty & google.protobuf.Empty.$Shape;
        }

        namespace Empty {
            interface $Properties {
                $unknowns?: Uint8Array[];
            }
            type $Shape = google.protobuf.Empty.$Properties;
        }
    }
}
